#!/bin/sh
# Puts Triage into ~/.local of this account. No rights are needed. Installing over an older version replaces it.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
stop() { echo "Triage was not installed: $*" >&2; exit 1; }
[ "$(id -u)" != 0 ] || [ -n "${TRIAGE_AS_ROOT:-}" ] || stop "this is for one account. As root, install the .deb instead."
[ -x "$here/triage/triage" ] && [ -x "$here/triage/triage-window" ] || stop "unpack the whole archive first."
base="$HOME/.local"
data="${XDG_DATA_HOME:-$base/share}"
lib="$base/lib"
mkdir -p "$lib" "$base/bin" "$data/applications" "$data/mime/packages" "$data/icons" "$data/man/man1"

# The new folder is whole before the old one goes; only renames lie between them.
rm -rf "$lib/triage.new" "$lib/triage.old"
cp -a "$here/triage" "$lib/triage.new" ||
    { rm -rf "$lib/triage.new"; stop "$lib/triage.new could not be written; what was there before is as it was."; }
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

# ~/.local/bin is not on every desktop's PATH, so the menu entry has the whole path, quoted as such an entry wants it.
tried="$(printf %s "$base/bin/triage-window" | sed 's/\\/\\\\/g')"
started="$(printf %s "$base/bin/triage-window" | sed -e 's/%/%%/g' -e 's/["`$\\]/\\&/g' -e 's/\\/\\\\/g')"
while IFS= read -r line; do
    case "$line" in
        Exec=triage-window*) printf 'Exec="%s"%s\n' "$started" "${line#Exec=triage-window}" ;;
        TryExec=*) printf 'TryExec=%s\n' "$tried" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$here/share/applications/triage-window.desktop" >"$data/applications/triage-window.desktop"
command -v update-mime-database >/dev/null 2>&1 && update-mime-database "$data/mime" || true
command -v update-desktop-database >/dev/null 2>&1 && update-desktop-database "$data/applications" || true
echo "Triage is installed. Start it from the menu, or with $base/bin/triage-window."
