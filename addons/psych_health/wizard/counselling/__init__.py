from . import psych_school_settings
from . import psych_series
from . import psych_series_line
