from . import test_psych_membership
from . import test_psych_scope
