from . import psych_crisis_event_around
