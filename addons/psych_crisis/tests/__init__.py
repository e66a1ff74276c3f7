from . import test_psych_crisis_signal
from . import test_psych_crisis_ladder
from . import test_ten_rules
from . import test_psych_crisis_case
from . import test_psych_crisis_attention
from . import test_phone_pages
from . import test_access_rows
from . import test_simulation
