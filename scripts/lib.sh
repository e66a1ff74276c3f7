# Shared by the shell scripts: where things lie, how progress and failures are told. Source it, do not run it.
#
# Settings that a user may give in the environment or after `make`:
#   HTTP_PORT     port of the web server (8069)
#   ODOO_HOME     any Odoo 19.0 tree, used instead of the fetched one
#   RUN_DIR       folder for everything that is fetched or generated (.run)
#   DEMO_STUDENTS size of the demo college (3000), DEMO=0 leaves the database empty

set -euo pipefail

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
RUN_DIR=${RUN_DIR:-$REPO/.run}
VENV=$RUN_DIR/venv
SECRETS=$RUN_DIR/secrets
DB_NAME=${DB_NAME:-psych}
HTTP_PORT=${HTTP_PORT:-8069}
PY=$VENV/bin/python
export REPO RUN_DIR VENV SECRETS DB_NAME HTTP_PORT

STARTED=$(date +%s)
say() { printf '[%3ds] %s\n' "$(($(date +%s) - STARTED))" "$*"; }
die() { printf '\nStopped: %s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# with_progress TEXT LOG COMMAND...: run COMMAND with its output in LOG, a sign of life every 10 seconds;
# on failure show the end of LOG and what to do.
with_progress() {
  local text=$1 log=$2 began=$SECONDS pid
  shift 2
  say "$text …"
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if [ $((SECONDS - began)) -ge 10 ]; then
      began=$SECONDS
      say "  … $(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c1-110)"
    fi
  done
  wait "$pid" && return 0
  tail -n 15 "$log" >&2
  die "$text failed. The whole output is in ${log#"$REPO"/}; after mending the cause run the same command again."
}

# odoo_root: the folder that holds the package `odoo` of the tree in use
odoo_root() {
  local home=${ODOO_HOME:-$RUN_DIR/odoo/root} candidate
  for candidate in "$home" "$home/usr/lib/python3/dist-packages" "$home/lib/python3/dist-packages"; do
    [ -f "$candidate/odoo/release.py" ] && { (cd "$candidate" && pwd); return 0; }
  done
  return 1
}

# free_port FIRST: the first port from FIRST on that nobody listens on at the loopback address
free_port() {
  python3 - "$1" <<'P'
import socket, sys
for port in range(int(sys.argv[1]), 65000):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
P
}

# odoo_env: what odoo.conf leaves to the environment, for this machine
odoo_env() {
  export PGHOST=127.0.0.1 PGUSER=odoo
  PGPORT=$(cat "$RUN_DIR/pg/port") || die "the database cluster has not been set up yet: run \`make run\` first."
  PGPASSWORD=$(cat "$SECRETS/db_password")
  ODOO_ADMIN_PASSWD=$(cat "$SECRETS/master_password")
  export PGPORT PGPASSWORD ODOO_ADMIN_PASSWD
  export ODOO_DATA_DIR=$RUN_DIR/data ODOO_ADDONS_PATH=$REPO/addons ODOO_HTTP_INTERFACE=127.0.0.1
  export PSYCH_HEALTH_KEYS=$SECRETS/psych_health_keys PSYCH_HEALTH_LOG_KEY=$SECRETS/psych_health_log_key
  export PSYCH_SECRETS=$SECRETS PYTHONUNBUFFERED=1 PSYCH_BASE_URL=http://127.0.0.1:$HTTP_PORT
  [ -f "$RUN_DIR/fonts/fonts.conf" ] && export FONTCONFIG_FILE=$RUN_DIR/fonts/fonts.conf
  return 0
}

# odoo ARGS...: the Odoo command line on our configuration
odoo() { "$PY" "$REPO/deploy/odoo-bin" "$@"; }
