from . import psych_scale_import
from . import psych_interview_assign
from . import psych_result_import
