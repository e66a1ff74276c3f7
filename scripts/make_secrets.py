#!/usr/bin/env python3
"""Generate the secrets of one installation, once: ``secrets.py FOLDER``.

Files (mode 0600, never overwritten): the passwords of the database's superuser and of the application's
role, Odoo's master password, the first password of ``admin``, the key ring for confidential content
(``psych_health_keys``: lines ``id=base64 of 32 bytes``, the last one encrypts, all decrypt) and the key that
seals the opening log (``psych_health_log_key``: base64 of 32 bytes).
"""

import base64
import os
import secrets
import sys


def password() -> str:
    """:return: 20 characters, easy to type"""
    alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _i in range(20))


def key() -> str:
    """:return: 32 random bytes in base64"""
    return base64.b64encode(secrets.token_bytes(32)).decode()


FILES = {
    "db_superuser_password": password,
    "db_password": password,
    "master_password": password,
    "admin_password": password,
    "psych_health_keys": lambda: f"k1={key()}",
    "psych_health_log_key": key,
}


def main(folder: str) -> None:
    """Write what is missing in ``folder``."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for name, make in FILES.items():
        path = os.path.join(folder, name)
        if os.path.exists(path):
            continue
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(make() + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
