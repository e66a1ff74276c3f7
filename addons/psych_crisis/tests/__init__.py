from . import test_psych_crisis_signal
from . import test_psych_crisis_ladder
from . import test_ten_rules
