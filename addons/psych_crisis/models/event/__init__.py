from . import psych_crisis_event
from . import psych_crisis_event_ring
from . import psych_crisis_event_entry
from . import psych_crisis_event_file
from . import psych_crisis_emergency_plan
from . import psych_crisis_emergency_contact
