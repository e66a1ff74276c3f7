#!/usr/bin/env bash
# The running college: run.sh run|stop|update|shell|reset-demo|clean. See `make help`.
#
# The first `run` fetches and creates what is missing, later ones only start. The server goes on in the
# background (log: .run/log/odoo.log) until `make stop`.
source "$(dirname "$0")/lib.sh"

PID_FILE=$RUN_DIR/odoo.pid
BUILDING=$RUN_DIR/$DB_NAME.building # while it exists the database is half made and may be dropped

server_alive() {
  local pid
  pid=$(cat "$PID_FILE" 2>/dev/null) || return 1
  kill -0 "$pid" 2>/dev/null && [[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) == *odoo* ]]
}

database() { "$PY" "$REPO/scripts/database.py" "$@"; }

installed_addons() {
  local list=psych_health
  if [ -f "$REPO/addons/psych_crisis/__manifest__.py" ]; then list=$list,psych_crisis; fi
  echo "$list,disable_odoo_online"
}

create_database() {
  if [ -f "$BUILDING" ]; then database drop "$DB_NAME"; fi
  if database exists "$DB_NAME"; then return 0; fi
  touch "$BUILDING"
  database create "$DB_NAME"
  with_progress "database in Chinese with our addons (about two minutes)" "$RUN_DIR/log/install.log" \
    odoo -c "$REPO/odoo.conf" -d "$DB_NAME" -i "$(installed_addons)" --load-language zh_CN --no-http --stop-after-init
  with_progress "first settings" "$RUN_DIR/log/settings.log" shell_script setup_database.py
  if [ "${DEMO:-1}" != 0 ]; then
    with_progress "demo college" "$RUN_DIR/log/demo.log" shell_script demo.py
    tail -n 1 "$RUN_DIR/log/demo.log"
  fi
  rm -f "$BUILDING"
}

# shell_script FILE: run a script of this folder in Odoo's shell; its traceback is a failure
shell_script() {
  odoo shell -c "$REPO/odoo.conf" -d "$DB_NAME" --no-http --log-level=warn --shell-interface=python <<S
import traceback, os
try:
    exec(compile(open("$REPO/scripts/$1", encoding="utf-8").read(), "$1", "exec"))
except BaseException:
    traceback.print_exc()
    os._exit(1)
S
}

start_server() {
  if server_alive; then
    HTTP_PORT=$(cat "$RUN_DIR/http_port")
    say "the server is running already"
    return 0
  fi
  [ "$(free_port "$HTTP_PORT")" = "$HTTP_PORT" ] || die "port $HTTP_PORT is taken: run \`make run HTTP_PORT=$(free_port "$HTTP_PORT")\`."
  echo "$HTTP_PORT" >"$RUN_DIR/http_port"
  say "starting the server …"
  ODOO_HTTP_PORT=$HTTP_PORT setsid nohup "$PY" "$REPO/deploy/odoo-bin" -c "$REPO/odoo.conf" -d "$DB_NAME" --db-filter "^$DB_NAME\$" \
    --logfile "$RUN_DIR/log/odoo.log" >"$RUN_DIR/log/server.out" 2>&1 </dev/null &
  echo $! >"$PID_FILE"
  for _ in $(seq 300); do
    # not server_alive: while a process becomes another its command line is empty for a moment
    kill -0 "$(cat "$PID_FILE")" 2>/dev/null || { tail -n 10 "$RUN_DIR/log/odoo.log" "$RUN_DIR/log/server.out" >&2; die "the server ended at once (message above)."; }
    if python3 "$REPO/scripts/answers.py" "$HTTP_PORT"; then return 0; fi
    sleep 0.2
  done
  die "the server does not answer: look into .run/log/odoo.log."
}

stop_server() {
  server_alive || { rm -f "$PID_FILE"; return 0; }
  local pid
  pid=$(cat "$PID_FILE")
  kill "$pid"
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$PID_FILE"
}

greet() {
  printf '\n  http://127.0.0.1:%s\n\n' "$HTTP_PORT"
  printf '  %-22s %s\n' "operator: admin" "$(cat "$SECRETS/admin_password")"
  if [ -f "$SECRETS/demo-accounts.txt" ]; then grep -v '^http' "$SECRETS/demo-accounts.txt" | sed 's/^/  /'; fi
  printf '\n  make stop ends it, make help shows the rest.\n'
}

ready() {
  [ -x "$PY" ] || die "nothing is set up yet: run \`make run\` first."
  "$REPO/scripts/postgres.sh" start
  odoo_env
}

case ${1:-run} in
run)
  "$REPO/scripts/setup.sh"
  "$REPO/scripts/postgres.sh" start
  odoo_env
  create_database
  start_server
  say "serving"
  greet
  ;;
stop)
  stop_server
  "$REPO/scripts/postgres.sh" stop
  say "stopped"
  ;;
update)
  "$REPO/scripts/setup.sh"
  ready
  stop_server
  with_progress "updating our addons" "$RUN_DIR/log/update.log" odoo -c "$REPO/odoo.conf" -d "$DB_NAME" \
    -i "$(installed_addons)" -u "$(installed_addons)" --i18n-overwrite --no-http --stop-after-init
  start_server
  greet
  ;;
shell)
  ready
  exec "$PY" "$REPO/deploy/odoo-bin" shell -c "$REPO/odoo.conf" -d "$DB_NAME" --no-http
  ;;
reset-demo)
  ready
  stop_server
  touch "$BUILDING"
  rm -f "$SECRETS/demo-accounts.txt"
  create_database
  start_server
  greet
  ;;
clean)
  stop_server
  "$REPO/scripts/postgres.sh" stop
  "$REPO/scripts/postgres.sh" stop "$RUN_DIR/test-pg"
  rm -rf "$RUN_DIR"
  say "removed $RUN_DIR"
  ;;
*) die "run.sh run|stop|update|shell|reset-demo|clean" ;;
esac
