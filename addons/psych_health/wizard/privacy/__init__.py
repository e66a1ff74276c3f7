from . import psych_consent_guardian
from . import psych_consent_paper
