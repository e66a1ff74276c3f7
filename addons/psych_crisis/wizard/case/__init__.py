from . import psych_crisis_refusal_decide
