from . import psych_crisis_event
from . import psych_crisis_event_ring
