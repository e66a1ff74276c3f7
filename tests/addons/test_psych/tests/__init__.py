from . import test_confidential
from . import test_gate
from . import test_access_log
from . import test_own_file
from . import test_document
from . import test_emergency_opening
from . import test_core_lint
