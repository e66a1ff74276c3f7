"""Find warnings and errors in an Odoo log that nobody expects. Also used by `scripts/run_tests.py`."""

import re
from pathlib import Path

ALLOW_LIST = Path(__file__).resolve().parents[2] / "scripts" / "log_allowlist.txt"
BAD_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")


def allow_list() -> list[re.Pattern]:
    """:return: the patterns of ``scripts/log_allowlist.txt``"""
    lines = ALLOW_LIST.read_text(encoding="utf-8").splitlines()
    return [re.compile(line) for line in lines if line.strip() and not line.startswith("#")]


def unexpected(text: str, expected: list[str] = ()) -> list[str]:
    """List the bad lines of a log.

    :param text: the log
    :param expected: further regular expressions that are fine this time
    :return: the lines with a warning or error that no pattern names
    """
    patterns = allow_list() + [re.compile(pattern) for pattern in expected]
    bad = [line for line in text.splitlines() if BAD_LINE.match(line)]
    return [line for line in bad if not any(pattern.search(line) for pattern in patterns)]
