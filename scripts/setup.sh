#!/usr/bin/env bash
# Everything that `make run` and `make test` stand on: Odoo, Python environment, secrets. `setup.sh dev` for tests and lint.
source "$(dirname "$0")/lib.sh"

mkdir -p "$RUN_DIR/log"
command -v python3 >/dev/null || die "python3 is missing: install it with your package manager."
python3 "$REPO/scripts/make_secrets.py" "$SECRETS"
with_progress "Odoo 19.0" "$RUN_DIR/log/get_odoo.log" "$REPO/scripts/get_odoo.sh"
with_progress "Python packages" "$RUN_DIR/log/venv.log" "$REPO/scripts/venv.sh" "${1:-}"
with_progress "system packages" "$RUN_DIR/log/system.log" "$REPO/scripts/system_packages.sh" "${1:-}"
grep '^NOT INSTALLED' "$RUN_DIR/log/system.log" || true
