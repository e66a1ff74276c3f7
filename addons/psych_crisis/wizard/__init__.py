from . import case, period, warning
