from . import test_confidential
from . import test_gate
