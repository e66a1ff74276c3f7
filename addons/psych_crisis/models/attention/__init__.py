from . import psych_crisis_category
from . import psych_crisis_rhythm
from . import psych_crisis_attention
from . import psych_crisis_attention_detail
from . import psych_crisis_advice
from . import psych_crisis_care_request
from . import psych_crisis_followup
from . import psych_student
