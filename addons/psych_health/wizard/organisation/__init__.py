from . import psych_school_settings
from . import psych_staff_account
from . import psych_term_assistant
from . import psych_term_assistant_line
from . import psych_unit_merge
from . import psych_roster_import
from . import psych_roster_import_column
from . import psych_roster_import_unit
