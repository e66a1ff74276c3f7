#!/usr/bin/env bash
# Entry of the Odoo container: `serve` (default), `update` (our addons to the version of this image, with their words) or any
# odoo command, for example `shell -d psych`.
#
# Reads the secret files as root, hands copies that only the user odoo can read to him (in memory, /dev/shm) and
# gives up root. The first start creates the database in Chinese; it stays empty of students.
set -euo pipefail

DB=${PSYCH_DATABASE:-psych}
PYTHON=/opt/psych/venv/bin/python
SECRETS=/dev/shm/psych-secrets

if [ "$(id -u)" = 0 ]; then
  install -d -m 700 -o odoo -g odoo "$SECRETS"
  for name in db_password master_password admin_password psych_health_keys psych_health_log_key; do
    [ -r "/run/secrets/$name" ] || { echo "secret $name is missing: see README, way to production" >&2; exit 1; }
    install -m 400 -o odoo -g odoo "/run/secrets/$name" "$SECRETS/$name"
  done
  chown odoo:odoo /var/lib/odoo
  exec setpriv --reuid=odoo --regid=odoo --init-groups env HOME=/var/lib/odoo "$0" "$@"
fi

export PGPASSWORD ODOO_ADMIN_PASSWD
PGPASSWORD=$(cat "$SECRETS/db_password")
ODOO_ADMIN_PASSWD=$(cat "$SECRETS/master_password")
export PSYCH_SECRETS=$SECRETS PSYCH_BASE_URL=https://${PSYCH_DOMAIN:-localhost}
export PSYCH_HEALTH_KEYS=$SECRETS/psych_health_keys PSYCH_HEALTH_LOG_KEY=$SECRETS/psych_health_log_key

odoo() { "$PYTHON" /opt/psych/odoo-bin "$@"; }

ADDONS=psych_health
if [ -d /opt/psych/addons/psych_crisis ]; then ADDONS=$ADDONS,psych_crisis; fi

first_start() {
  odoo -d "$DB" -i "$ADDONS,disable_odoo_online" --load-language zh_CN --no-http --stop-after-init --workers 0
  odoo shell -d "$DB" --no-http --workers 0 --shell-interface=python </opt/psych/scripts/setup_database.py
  touch "/var/lib/odoo/$DB.ready"
}

if [ "${1:-serve}" = update ]; then
  # texts that the school edited are kept: their records are marked as the school's own
  odoo -d "$DB" -i "$ADDONS" -u "$ADDONS" --i18n-overwrite --no-http --stop-after-init --workers 0
  exit
fi
if [ "${1:-serve}" != serve ]; then exec "$PYTHON" /opt/psych/odoo-bin "$@"; fi
[ -f "/var/lib/odoo/$DB.ready" ] || first_start
exec "$PYTHON" /opt/psych/odoo-bin -d "$DB" --db-filter "^$DB\$"
