#!/bin/bash
# Proves the tar.xz on a bare Debian, as an account that may install nothing, in folders whose names have spaces and
# letters that are not ASCII. Prints a line a step, ends at the first failure.
#
#   sudo packaging/linux/prove_tar.sh FILE.tar.xz
set -euo pipefail
archive="$(realpath "$1")"
home="/srv/Ŵyn ap Siôn"
# shellcheck source=packaging/linux/bare_root.sh
. "$(dirname "$0")/bare_root.sh"
downloads="$home/Lawr lwythiadau (1)"
name="$(basename "$archive" .tar.xz)"
data="$home/.local/share/triage"

bare_root

doing "the libraries that README.txt names, and no other"
apt_ update
# As Debian calls them; a desktop has them but for the cursor.
apt_ install --no-install-recommends libgl1 libegl1 libx11-6 libxkbcommon0 libxkbcommon-x11-0 libfontconfig1 libfreetype6 \
    libglib2.0-0 libdbus-1-3 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 \
    libxcb-xkb1 xz-utils
done_

doing "unpack"
cp "$archive" "$root/srv/"
as_user mkdir "$downloads"
as_user tar -C "$downloads" -xf "/srv/$(basename "$archive")"
missing="$(every_library "$downloads/$name/triage")"
[ -z "$missing" ] || fail "$missing"
done_ "every library is found"

doing "it runs where it lies, whatever the locale"
version="$(as_user LC_ALL=C "$downloads/$name/triage/triage" --version)"
screen
session "$downloads/$name/triage/triage-window" --home "$home/tried" 2>>"$work/said" &
shows '^Triage$' || fail "no window"
painted
quits
rm -rf "${root:?}$home/tried"
done_ "$version"

doing "install for one account"
desktop
touch "$work/before"
sleep 1
listed() { (cd "$root$home" && find . -path "./${downloads##*/}" -prune -o ! -type d -print | grep -v '^./.local/share/\(triage\|mime\)/\|mimeinfo.cache$\|^./.cache/' | sort); }
listed >"$work/listed"
as_user "$downloads/$name/install.sh" >>"$work/said" 2>&1
program="$home/.local/bin"
elsewhere="$(find "$root" -xdev -newer "$work/before" ! -type d | grep -v "^$root\(/srv/\|/run/\|/proc/\)" || true)"
[ -z "$elsewhere" ] || fail "it wrote elsewhere: $elsewhere"
inside desktop-file-validate "$home/.local/share/applications/triage-window.desktop"
done_ "nothing outside the account was written"

doing "the main job by the command line"
samples="$home/.local/lib/triage/_internal/resources/samples"
by_command "$samples"
done_ "$said"

doing "the main job by the window"
by_window "$root$samples/suricata-array.json"
done_ "$said"

doing "a double click on a bundle"
sealed_bundle "$home/Sifft nos – Siôn.bundle"
by_double_click "$home/Sifft nos – Siôn.bundle"
done_ "previewed, handed on, merged"

doing "install again over it, with the window open"
session TRIAGE_PASSPHRASE="$secret" "$program/triage-window" 2>>"$work/said" &
shows '^Triage$' || fail "no window"
painted
sleep 5 # it unlocks by itself
as_user "$downloads/$name/install.sh" >>"$work/said" 2>&1
is_one_window || fail "the window did not survive"
quits
[ ! -s "$root$data/triage.log" ] || fail "it made a mistake: $(cat "$root$data/triage.log")"
verified one
done_

doing "uninstall"
rm -rf "${root:?}$home/other" "$root$home/nameless" "$root$home"/*.identity "$root$home"/*.bundle "$root$home"/*.json
as_user "$home/.local/lib/triage-uninstall.sh" >>"$work/said" 2>&1
listed | diff "$work/listed" - || fail "something is left, or gone"
! grep -rlqi triage "$root$home/.local/share/applications" "$root$home/.local/share/mime" || fail "a register names it still"
[ -f "$root$data/store.db" ] || fail "the data are gone"
done_ "nothing is left but the data"
