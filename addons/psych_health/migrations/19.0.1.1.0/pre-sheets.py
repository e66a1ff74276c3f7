"""Seconds of a sheet become an integer of two bytes: what took longer than nine hours is "nine hours"."""


def migrate(cr, version):
    if version:
        cr.execute("UPDATE psych_response SET seconds = 32767 WHERE seconds > 32767")
