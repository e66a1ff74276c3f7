from . import psych_crisis_care
from . import psych_crisis_staff
