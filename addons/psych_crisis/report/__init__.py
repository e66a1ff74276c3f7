from . import psych_crisis_papers
