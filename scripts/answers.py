"""Exit with 0 when the login page answers: ``answers.py PORT``."""

import sys
import urllib.error
import urllib.request

try:
    with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/web/login", timeout=60) as answer:
        sys.exit(answer.status != 200)
except (urllib.error.URLError, ConnectionError):
    sys.exit(1)
