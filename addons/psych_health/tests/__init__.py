from . import test_organisation_wizards
from . import test_ir_actions_report
from . import test_psych_membership
from . import test_psych_scope
from . import test_psych_appointment
from . import test_slots
from . import test_portal_booking
