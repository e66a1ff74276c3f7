#!/usr/bin/env bash
# Build the Python environment RUN_DIR/venv from the lock files. `venv.sh dev` adds what tests and lint need.
#
# Works where Debian's python3-venv is missing (no ensurepip): pip then comes from the machine's own pip or
# from Debian's wheel of it, read through a private apt state. A stamp keeps the second run short.
source "$(dirname "$0")/lib.sh"
source "$REPO/scripts/private_apt.sh"

# bootstrap_pip: a way to run pip inside VENV without ensurepip
bootstrap_pip() {
  local wheel
  "$PY" -m pip --version >/dev/null 2>&1 && return 0
  if python3 -m pip --python "$PY" --version >/dev/null 2>&1; then
    python3 -m pip --python "$PY" install -q pip && return 0
  fi
  wheel=$(find /usr/share/python-wheels -name 'pip-*.whl' 2>/dev/null | sort -V | tail -n 1 || true) # no such folder on a bare machine
  if [ -z "$wheel" ]; then
    private_apt_init "$RUN_DIR/apt-pip" "${SUITE_PIP:-trixie}"
    private_apt_download python3-pip-whl
    dpkg-deb -x "$RUN_DIR"/apt-pip/archives/python3-pip-whl_*.deb "$RUN_DIR/apt-pip/root"
    wheel=$(find "$RUN_DIR/apt-pip/root" -name 'pip-*.whl' | head -n 1)
  fi
  "$PY" "$wheel/pip" install -q --no-index "$wheel" ||
    die "pip could not be set up: install python3-venv (apt-get install python3-venv) and run again."
}

pip_install() {
  "$PY" -m pip install --disable-pip-version-check --no-input --no-compile --progress-bar off "$@" 2>&1 | { grep -vE '^WARNING: (Location|Running pip as)|^Requirement already' || true; }
  return "${PIPESTATUS[0]}"
}

stamp_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
current() { [ "$(cat "$VENV/$1" 2>/dev/null)" = "$2" ]; }

cd "$REPO"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || die "Python 3.10 or newer is needed."
base_locks=(requirements.lock requirements-odoo.lock)
base=$(stamp_of "${base_locks[@]}")
if ! current .base "$base"; then
  [ -x "$PY" ] || python3 -m venv "$VENV" >/dev/null 2>&1 || { rm -rf "$VENV" && python3 -m venv --without-pip "$VENV"; } ||
    die "no virtual environment could be made: install python3-venv and run again."
  bootstrap_pip
  echo "installing the locked Python packages"
  pip_install -r requirements.lock || die "a Python package could not be installed: check the network and pip's message above."
  pip_install --no-deps -r requirements-odoo.lock || die "an OCA addon could not be installed: see pip's message above."
  echo "$base" >"$VENV/.base"
fi
if [ "${1:-}" = dev ]; then
  dev=$(stamp_of requirements-dev.lock)
  if ! current .dev "$dev"; then
    echo "installing the packages for tests and lint"
    pip_install -r requirements-dev.lock || die "a Python package could not be installed: see pip's message above."
    echo "$dev" >"$VENV/.dev"
  fi
fi
root=$(odoo_root) || die "Odoo has not been fetched yet: run scripts/get_odoo.sh first."
echo "$root" >"$("$PY" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/odoo-tree.pth"
