from . import psych_crisis_key_period
