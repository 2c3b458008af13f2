#!/bin/sh
# Puts Triage into ~/.local of this account. No rights are needed. Installing over an older version replaces it.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
[ "$(id -u)" != 0 ] || [ -n "${TRIAGE_AS_ROOT:-}" ] ||
    { echo "Triage was not installed: this is for one account. As root, install the .deb instead." >&2; exit 1; }
[ -x "$here/triage/triage-window" ] || { echo "Triage was not installed: unpack the whole archive first." >&2; exit 1; }
base="$HOME/.local"
data="${XDG_DATA_HOME:-$base/share}"
lib="$base/lib"
mkdir -p "$lib" "$base/bin" "$data/applications" "$data/mime/packages" "$data/icons" "$data/man/man1"

# The new folder is whole before the old one goes; only renames lie between them.
rm -rf "$lib/triage.new" "$lib/triage.old"
cp -a "$here/triage" "$lib/triage.new"
rm -rf "$lib/triage.new/edition.json" "$lib/triage.new/versions" # what is installed takes no update by itself
[ ! -e "$lib/triage" ] || mv "$lib/triage" "$lib/triage.old"
mv "$lib/triage.new" "$lib/triage"
rm -rf "$lib/triage.old"
cp "$here/uninstall.sh" "$lib/triage-uninstall.sh"
ln -sf "$lib/triage/triage" "$base/bin/triage"
ln -sf "$lib/triage/triage-window" "$base/bin/triage-window"
cp -R "$here/share/icons/hicolor" "$data/icons/"
cp "$here/share/mime/packages/triage.xml" "$data/mime/packages/"
cp -P "$here/share/man/man1/"triage*.gz "$data/man/man1/"
# ~/.local/bin is not on every desktop's PATH. A $, ` or \ in the home's name would need more quoting: none is expected.
sed -e "s|^Exec=triage-window|Exec=\"$base/bin/triage-window\"|" -e "s|^TryExec=.*|TryExec=$base/bin/triage-window|" \
    "$here/share/applications/triage-window.desktop" >"$data/applications/triage-window.desktop"
command -v update-mime-database >/dev/null 2>&1 && update-mime-database "$data/mime" || true
command -v update-desktop-database >/dev/null 2>&1 && update-desktop-database "$data/applications" || true
echo "Triage is installed. Start it from the menu, or with $base/bin/triage-window."
