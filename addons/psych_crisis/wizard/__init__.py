from . import warning
from . import case
from . import period
from . import event
