from . import psych_booking
from . import psych_help
