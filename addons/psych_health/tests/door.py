"""Test helper: the only way to stand at the door without a request. Never imported outside tests."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.psych_health.tools import cipher, door


@contextmanager
def door_as(user=None, student=None, kind=None):
    """Stand at the door as a signed-in ``user``, or as the ``student`` of a signed link.

    Records must still be of that user's environment (``with_user``). Yields the scope, whose
    ``openings`` are what the dispatcher would write to the reading log.
    """
    if user:
        identity = door.Identity(kind or door.KIND_SESSION, user.id)
    elif student:
        identity = door.Identity(door.KIND_LINK, student_id=student.id)
    else:
        identity = None
    with door.scope(identity, "/test") as scope:
        yield scope


def use_test_keys(cls, names=("k1",), active=None):
    """Give a test class key files of its own in a temporary folder; return the folder."""
    folder = tempfile.mkdtemp(prefix="psych-keys-")
    cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
    cipher.write_key_file(os.path.join(folder, "content"), names, active)
    cipher.write_key_file(os.path.join(folder, "log"), ("l1",))
    environ = {
        "PSYCH_HEALTH_KEYS": os.path.join(folder, "content"),
        "PSYCH_HEALTH_LOG_KEY": os.path.join(folder, "log"),
        "PSYCH_HEALTH_SEAL_FILE": os.path.join(folder, "seals"),
    }
    patcher = patch.dict(os.environ, environ)
    patcher.start()
    cls.addClassCleanup(patcher.stop)
    return folder
