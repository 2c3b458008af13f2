#!/bin/sh
# Takes Triage out of ~/.local of this account again. What you kept with it, in ~/.local/share/triage, stays.
set -eu
base="$HOME/.local"
data="${XDG_DATA_HOME:-$base/share}"
rm -rf "$base/lib/triage" "$base/lib/triage.new" "$base/lib/triage.old"
rm -f "$base/bin/triage" "$base/bin/triage-window" "$data/applications/triage-window.desktop" \
    "$data/mime/packages/triage.xml" "$data/man/man1/triage.1.gz" "$data/man/man1/triage-window.1.gz"
rm -f "$data/icons/hicolor/"*/apps/triage.png "$data/icons/hicolor/scalable/apps/triage.svg"
command -v update-mime-database >/dev/null 2>&1 && update-mime-database "$data/mime" || true
command -v update-desktop-database >/dev/null 2>&1 && update-desktop-database "$data/applications" || true
rm -f "$base/lib/triage-uninstall.sh"
for folder in "$data/icons/hicolor/"*/apps "$data/icons/hicolor/"* "$data/icons/hicolor" "$data/icons" "$data/man/man1" \
    "$data/man" "$base/bin" "$base/lib"; do
    rmdir "$folder" 2>/dev/null || true # those that nobody else uses
done
echo "Triage is removed. Your data are still in $data/triage."
