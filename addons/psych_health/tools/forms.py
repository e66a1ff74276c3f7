"""What comes out of the forms of our own pages, and what a refusal says."""


def number(text):
    """The number that a form or an address holds; 0 for nothing and for anything else."""
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else 0


def listed(lang, sentences):
    """:return: several short sentences as one, with the mark between them that the reader's language uses"""
    mark = "；" if (lang or "").startswith("zh") else "; "
    return mark.join(sentences)
