#!/usr/bin/env bash
# Nightly backup: the database as a dump, the filestore as an archive, the last 14 kept. Keys are not among them:
# a backup without `psych_health_keys` is noise where confidential texts are concerned, so keep the keys apart.
set -euo pipefail
export PGPASSWORD
PGPASSWORD=$(cat /run/secrets/db_password)
KEEP=${BACKUP_KEEP:-14}
while true; do
  stamp=$(date -u +%Y%m%dT%H%MZ)
  pg_dump -h db -U odoo -Fc -f "/backup/$stamp.dump.part" "${PSYCH_DATABASE:-psych}" && mv "/backup/$stamp.dump.part" "/backup/$stamp.dump"
  tar -C /var/lib/odoo -czf "/backup/$stamp.filestore.tgz.part" . && mv "/backup/$stamp.filestore.tgz.part" "/backup/$stamp.filestore.tgz"
  for kind in dump filestore.tgz; do
    find /backup -name "*.$kind" | sort -r | tail -n +$((KEEP + 1)) | xargs -r rm --
  done
  touch /backup/.last
  sleep "${BACKUP_SECONDS:-86400}"
done
