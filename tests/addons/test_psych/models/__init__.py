from . import test_psych_case
from . import test_psych_doors
from . import test_psych_leak
from . import test_psych_note
from . import test_psych_sheet
from . import test_psych_world
