from . import psych_crisis_refusal_decide
from . import psych_crisis_settings
