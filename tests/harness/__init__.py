"""What the top-level tests stand on: a real Odoo process on a copy of the template database.

See docs/testing.md; the fixtures are in `tests/conftest.py`.
"""
