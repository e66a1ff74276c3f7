# Read Debian packages without touching the system: a private apt state below a project folder. Source it.
#
# No host is named: the archive's address comes from this machine's own apt configuration, the signature is
# checked with the machine's own archive keyring. Works for root and for an ordinary user.
#   private_apt_init DIR SUITE...   reads the index of these suites
#   private_apt_version PKG REGEX   newest version that matches
#   private_apt_download PKG=VERSION...   into DIR/archives

private_apt_mirror() {
  local uri
  uri=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(SUITE)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' '$1 == "Debian" && $2 == "main" && $0 !~ /-security/ {print $4; exit}')
  [ -n "$uri" ] || uri=$(apt-get --print-uris -o Dir::State::Lists="$APT_DIR/none" update 2>/dev/null |
    sed -nE "s#^'([^']+/)dists/[a-z]+/InRelease' .*#\1#p" | head -n 1)
  printf '%s' "$uri"
}

private_apt_init() {
  APT_DIR=$1
  shift
  command -v apt-get >/dev/null || die "this machine has no apt: get any Odoo 19.0 tree and run again with ODOO_HOME=/path/to/it."
  mkdir -p "$APT_DIR"/{lists/partial,archives/partial,etc/empty,none/partial}
  chmod 755 "$APT_DIR"
  local uri keyring suite
  uri=${DEBIAN_MIRROR:-$(private_apt_mirror)}
  [ -n "$uri" ] || die "no Debian archive in this machine's apt sources: add one, or give ODOO_HOME=/path/to/odoo-19.0."
  for keyring in "${DEBIAN_KEYRING:-}" /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    [ -n "$keyring" ] && [ -r "$keyring" ] && break
  done
  [ -r "$keyring" ] || die "the archive's keys are missing: install the package debian-archive-keyring."
  : >"$APT_DIR/etc/sources.list"
  for suite in "$@"; do echo "deb [signed-by=$keyring] $uri $suite main" >>"$APT_DIR/etc/sources.list"; done
  : >"$APT_DIR/etc/status"
  APT_OPTIONS=(-q -o Dir::Etc::SourceList="$APT_DIR/etc/sources.list" -o Dir::Etc::SourceParts="$APT_DIR/etc/empty"
    -o Dir::Etc::Preferences="$APT_DIR/etc/none" -o Dir::Etc::PreferencesParts="$APT_DIR/etc/empty"
    -o Dir::State::Lists="$APT_DIR/lists" -o Dir::State::Status="$APT_DIR/etc/status"
    -o Dir::Cache="$APT_DIR" -o Dir::Cache::Archives="$APT_DIR/archives"
    -o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin
    -o Acquire::Languages=none -o APT::Default-Release= -o Acquire::Retries=3
    -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    -o Acquire::AllowInsecureRepositories=false -o APT::Get::AllowUnauthenticated=false)
  if is_root; then APT_OPTIONS+=(-o APT::Sandbox::User=root); fi
  apt-get "${APT_OPTIONS[@]}" update ||
    die "the index of the Debian archive could not be read (apt's own message is above): check the network, or use ODOO_HOME."
}

private_apt_version() {
  apt-cache "${APT_OPTIONS[@]}" madison "$1" | awk -F'|' '{gsub(/ /, "", $2); print $2}' | grep -E "$2" | sort -rV | head -n 1
}

private_apt_download() {
  (cd "$APT_DIR/archives" && apt-get "${APT_OPTIONS[@]}" download "$@") ||
    die "a Debian package could not be downloaded: check the network and the free space, then run again."
}
