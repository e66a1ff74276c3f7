from . import psych_booking
from . import psych_help
from . import psych_file_access
from . import psych_document
from . import screening
from . import psych_home
from . import psych_card
from . import psych_consent
