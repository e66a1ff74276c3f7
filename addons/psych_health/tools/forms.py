"""What comes out of the forms of our own pages."""


def number(text):
    """The number that a form or an address holds; 0 for nothing and for anything else."""
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else 0
