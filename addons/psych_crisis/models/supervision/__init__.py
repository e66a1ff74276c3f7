from . import psych_crisis_supervision
from . import psych_crisis_meeting
from . import psych_crisis_meeting_line
from . import psych_crisis_case
