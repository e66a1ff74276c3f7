from . import psych_export_request
from . import psych_hooks
from . import psych_leave
from . import psych_membership
from . import psych_scope
from . import psych_student
from . import res_company
from . import psych_work_item
