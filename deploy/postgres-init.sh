#!/usr/bin/env bash
# Run once by the database container: the application's role (no superuser) and the extensions' template.
set -euo pipefail
password=$(cat /tmp/db_password)
psql -v ON_ERROR_STOP=1 -v password="$password" -U psych_super -d postgres <<'S'
CREATE ROLE odoo LOGIN CREATEDB PASSWORD :'password';
S
