"""Hooks of installation."""


def post_init_hook(env):
    """Give the schools that exist already the number ranges of signals, cases and events."""
    env["res.company"].search([])._psych_crisis_create_sequences()
