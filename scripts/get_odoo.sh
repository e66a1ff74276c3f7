#!/usr/bin/env bash
# Fetch Odoo 19.0 Community (Debian's package odoo-19) into RUN_DIR/odoo/root; nothing on the system changes.
#
# Does nothing when ODOO_HOME is given or the tree is already there. ODOO_DEB_VERSION pins a version of the
# package; the .deb files stay in RUN_DIR/odoo/apt/archives.
source "$(dirname "$0")/lib.sh"
source "$REPO/scripts/private_apt.sh"

check_release() {
  local root release
  root=$(odoo_root) || return 1
  release=$(sed -nE "s/^version_info = \(([0-9]+), ([0-9]+).*/\1.\2/p" "$root/odoo/release.py")
  [ "$release" = 19.0 ] || die "$root holds Odoo $release, this product needs 19.0."
}

if [ -n "${ODOO_HOME:-}" ]; then
  check_release || die "ODOO_HOME=$ODOO_HOME is no Odoo tree: it must hold odoo/release.py of a 19.0."
  exit 0
fi
[ -f "$RUN_DIR/odoo/stamp" ] && check_release && exit 0

SUITE_ODOO=${SUITE_ODOO:-sid}
SUITE_FONTS=${SUITE_FONTS:-trixie} # its fonts-font-awesome is 4.7, as Odoo's style sheets expect
TARGET=$RUN_DIR/odoo
mkdir -p "$TARGET"
chmod 755 "$TARGET"

# packages to which links inside odoo-19 point, with the version that fits
HELPERS='libjs-jquery .
libjs-underscore .
libjs-jquery-form .
fonts-font-awesome really4\.7
fonts-roboto-unhinted .
fonts-montserrat .
fonts-inconsolata .
fonts-ocr-b .'

echo "reading the index of $SUITE_ODOO and $SUITE_FONTS"
private_apt_init "$TARGET/apt" "$SUITE_ODOO" "$SUITE_FONTS"
version=${ODOO_DEB_VERSION:-$(private_apt_version odoo-19 '^19\.0')}
[ -n "$version" ] || die "the Debian archive no longer carries odoo-19 19.0: get any Odoo 19.0 tree and run with ODOO_HOME=/path/to/it."
wanted=("odoo-19=$version")
while read -r package pattern; do
  found=$(private_apt_version "$package" "$pattern")
  [ -n "$found" ] || die "the Debian archive has no fitting $package: run with ODOO_HOME=/path/to/odoo-19.0."
  wanted+=("$package=$found")
done <<<"$HELPERS"

echo "downloading odoo-19 $version (about 130 MB)"
rm -f "$TARGET"/apt/archives/*.deb
private_apt_download "${wanted[@]}"

echo "unpacking"
rm -rf "$TARGET/root.new"
mkdir "$TARGET/root.new"
# without the second copy of the addons, the translations into other languages and the manual pages
dpkg-deb --fsys-tarfile "$TARGET"/apt/archives/odoo-19_*.deb |
  tar -x --no-same-owner -C "$TARGET/root.new" --wildcards \
    --exclude='./usr/lib/python3/dist-packages/addons' --exclude='*/i18n*/[a-y]*.po' --exclude='./usr/share/man'
for deb in "$TARGET"/apt/archives/*.deb; do
  case $deb in */odoo-19_*) ;; *) dpkg-deb -x "$deb" "$TARGET/root.new" ;; esac
done

# The one file that Debian leaves out and every backend page asks for; a stub keeps the browser console clean.
stub=$TARGET/root.new/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation
if [ ! -e "$stub/selfie_segmentation.js" ]; then
  mkdir -p "$stub"
  echo '/* not shipped by Debian: background blur in calls is off */' >"$stub/selfie_segmentation.js"
fi

rm -rf "$TARGET/root"
mv "$TARGET/root.new" "$TARGET/root"
echo "odoo-19 $version" >"$TARGET/stamp"
check_release
