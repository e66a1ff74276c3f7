from . import psych_crisis_signal_seen
from . import psych_crisis_signal_triage
from . import psych_crisis_signal_merge
from . import psych_crisis_signal_relink
from . import psych_crisis_settings
from . import psych_crisis_signal_accuse
