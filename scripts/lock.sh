#!/usr/bin/env bash
# Resolve requirements.in and requirements-dev.in into the lock files, in a throw-away environment.
source "$(dirname "$0")/lib.sh"
cd "$REPO"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
/usr/bin/python3 -m venv "$scratch/venv" || die "python3-venv is missing: install it and run again."
frozen() { "$scratch/venv/bin/pip" freeze --disable-pip-version-check | grep '==' | sort -f; }
say "resolving requirements.in …"
"$scratch/venv/bin/pip" install -q --disable-pip-version-check -r requirements.in
{ echo '# Resolved from requirements.in; renew with `make lock`.'; frozen; } >"$scratch/base"
cp "$scratch/base" requirements.lock
say "resolving requirements-dev.in …"
"$scratch/venv/bin/pip" install -q --disable-pip-version-check -r requirements-dev.in
{ echo '# Resolved from requirements-dev.in on top of requirements.lock; renew with `make lock`.'
  frozen | { grep -vxFf requirements.lock || true; }; } >"$scratch/dev"
cp "$scratch/dev" requirements-dev.lock
say "requirements.lock and requirements-dev.lock are new: run make test before you commit them"
