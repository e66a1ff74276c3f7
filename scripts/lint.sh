#!/usr/bin/env bash
# ruff (rules and layout) on everything, pylint-odoo's mandatory checks on our addons. Prints one summary line each.
source "$(dirname "$0")/lib.sh"
cd "$REPO"
failed=0
"$VENV/bin/ruff" check . || failed=1
"$VENV/bin/ruff" format --check . || failed=1
"$VENV/bin/pylint" --rcfile=.pylintrc -j 2 addons/*/ tests/addons/*/ || failed=1
[ "$failed" = 0 ] || die "lint found something: \`make format\` mends layout and simple rules, the rest is yours."
echo "lint is clean"
