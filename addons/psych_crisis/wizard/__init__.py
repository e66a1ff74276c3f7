from . import warning
