from . import psych_crisis_month
from . import psych_crisis_month_line
