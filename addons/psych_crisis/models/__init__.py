from . import warning
from . import attention
from . import case
from . import event
from . import period
from . import supervision
from . import seam
