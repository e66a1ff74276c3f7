from . import organisation
from . import privacy
from . import counselling
from . import screening
from . import education
