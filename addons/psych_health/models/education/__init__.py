from . import psych_hospital
