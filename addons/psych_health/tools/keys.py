"""Where the keys lie: one seam between the configuration of the server and ``cipher``.

The environment wins over odoo.conf, so that one configuration serves machine, tests and containers:

- PSYCH_HEALTH_KEYS / ``psych_health_keys``: key file of the content;
- PSYCH_HEALTH_LOG_KEY / ``psych_health_log_key``: key file of the seals of the reading log
  (default: ``log.key`` beside the content keys);
- PSYCH_HEALTH_SEAL_FILE / ``psych_health_seal_file``: file outside the database to which every seal
  is appended (default: ``access-seals.log`` beside the key of the seals).

No key ever lies in the database, the filestore or the repository.
"""

import os

from odoo.tools import config

from . import cipher

_cache = {}


def _path(option, variable):
    return os.environ.get(variable) or config.get(option) or ""


def content_path():
    """Path of the content key file, '' when none is configured."""
    return _path("psych_health_keys", "PSYCH_HEALTH_KEYS")


def _beside(path, name):
    return os.path.join(os.path.dirname(path), name) if path else ""


def log_path():
    """Path of the key file of the seals."""
    return _path("psych_health_log_key", "PSYCH_HEALTH_LOG_KEY") or _beside(content_path(), "log.key")


def seal_file():
    """Path of the file outside the database that receives every seal."""
    return _path("psych_health_seal_file", "PSYCH_HEALTH_SEAL_FILE") or _beside(
        log_path(), "access-seals.log"
    )


def _ring(path):
    if not path:
        raise cipher.KeyFileError("no key file is configured")
    info = cipher.check_file(path)
    stamp = (info.st_mtime_ns, info.st_ino, info.st_size)
    known = _cache.get(path)
    if not known or known[0] != stamp:
        _cache[path] = known = (stamp, cipher.load(path))
    return known[1]


def content_ring():
    """Return the key ring of the content; read again when the file changes.

    :raises cipher.KeyFileError: missing, unreadable or wrong
    """
    return _ring(content_path())


def log_ring():
    """Return the key ring of the seals; same errors."""
    return _ring(log_path())
