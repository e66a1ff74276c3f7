#!/usr/bin/env bash
# ruff (rules and layout) on everything; pylint-odoo's mandatory checks and OCA's checks (XML, CSV, manifest, translations) on our
# addons. Prints one summary line each.
source "$(dirname "$0")/lib.sh"
cd "$REPO"
failed=0
"$VENV/bin/ruff" check . || failed=1
"$VENV/bin/ruff" format --check . || failed=1
"$VENV/bin/pylint" --rcfile=.pylintrc -j 2 addons/*/ tests/addons/*/ || failed=1
# core's own checks (test_lint): SQL put together from strings, texts that cannot be translated, errors in unlink
if root=$(odoo_root) && [ -d "$root/odoo/addons/test_lint/tests" ]; then
  PYTHONPATH=$root/odoo/addons/test_lint/tests:$root ADDONS_PATH=$REPO/addons "$VENV/bin/pylint" --rcfile=/dev/null -j 2 \
    --disable=all,useless-option-value,unknown-option-value --reports=n --score=n --bad-functions=input \
    --load-plugins=_pylint_path_setup,pylint.extensions.bad_builtin,_odoo_checker_sql_injection,_odoo_checker_gettext,_odoo_checker_unlink_override \
    --enable=used-before-assignment,undefined-variable,eval-used,unreachable,function-redefined,sql-injection,missing-gettext,gettext-variable,gettext-placeholders,gettext-repr,raise-unlink-override \
    addons/*/ || failed=1
fi
"$VENV/bin/oca-checks-odoo-module" addons/*/__manifest__.py tests/addons/*/__manifest__.py || failed=1
"$VENV/bin/oca-checks-po" addons/*/i18n/*.po addons/*/i18n/*.pot || failed=1
[ "$failed" = 0 ] || die "lint found something: \`make format\` mends layout and simple rules, the rest is yours."
echo "lint is clean"
