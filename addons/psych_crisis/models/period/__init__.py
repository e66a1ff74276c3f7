from . import psych_crisis_key_period
from . import psych_crisis_sweep
from . import psych_crisis_sweep_line
from . import psych_crisis_report
from . import psych_crisis_dimension
from . import psych_crisis_report_line
