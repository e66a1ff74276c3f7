#!/usr/bin/env bash
# Install what the machine itself must have: libraries for PDF, Chinese fonts; `system_packages.sh dev` adds Chromium and the compose CLI.
#
# As root on a machine with apt they are installed; otherwise one line names what is missing and what it is for,
# and everything else goes on.
source "$(dirname "$0")/lib.sh"

missing=()
need() { missing+=("$1"); }
has_library() { [ -n "$(find -L /usr/lib /lib -name "$1*" 2>/dev/null | head -n 1)" ]; }
has_font() {
  [ -n "$(find /usr/share/fonts /usr/local/share/fonts "$HOME/.local/share/fonts" "$RUN_DIR/fonts" -iname "$1" 2>/dev/null | head -n 1)" ]
}

has_library libpangoft2-1.0.so.0 || need libpangoft2-1.0-0
has_library libharfbuzz-subset.so.0 || need libharfbuzz-subset0
has_font '*cjk*' || need fonts-noto-cjk
if [ "${1:-}" = dev ]; then
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || need chromium
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || need docker-compose
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if is_root && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}" && exit 0
fi
echo "NOT INSTALLED (PDF reports, Chinese type or browser tests need them): sudo apt-get install -y ${missing[*]}"
