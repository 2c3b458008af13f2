#!/bin/bash
# Proves the packages on a Debian that has nothing: no Python, no X, no fonts. Prints a line a step, ends at the first failure.
#
#   sudo packaging/linux/prove.sh NEW.deb [OLD.deb]
#
# OLD.deb is upgraded from, over a store that it made and with its window open; packaging/linux/before.sh makes one of
# the tree before the newest migration. A tar.xz of the same version beside NEW.deb is proved too (prove_tar.sh).
# Wants root, debootstrap, Xvfb, openbox, xdotool, git and .venv; bare_root.sh says what it keeps where.
set -euo pipefail
new="$(realpath "$1")"
old="${2:+$(realpath "$2")}"
home=/srv/responder
program=/usr/bin
# shellcheck source=packaging/linux/bare_root.sh
. "$(dirname "$0")/bare_root.sh"
data="$home/.local/share/triage"
samples="/usr/lib/triage/_internal/resources/samples"

doing "a package of this tree"
newer="$(cd "$here" && find triage_app resources docs/manual build.spec packaging/linux -type f ! -name '*.pyc' \
    ! -name 'prove*' ! -name bare_root.sh ! -name before.sh -newer "$new" -print -quit)"
[ -z "$newer" ] || fail "$newer is newer than the package; build it anew"
done_ "$(basename "$new")"

bare_root

doing "install"
apt_ update
cp "$new" "$root/srv/new.deb"
apt_ install --no-install-recommends /srv/new.deb
packages="$(grep -c '^Setting up' "$work/apt.log")"
! inside sh -c 'command -v python3' || fail "the package brought a Python"
version="$(as_user triage --version)"
inside dpkg --verify triage || fail "files differ from their sums"
done_ "$version, with $packages packages"

doing "every library is found"
missing="$(every_library /usr/lib/triage)"
[ -z "$missing" ] || fail "$missing"
done_

doing "the first window"
screen
session triage-window 2>>"$work/said" &
shows '^Triage$' || fail "no window"
painted
wanted="$(sed -n 's/^StartupWMClass=//p' "$root/usr/share/applications/triage-window.desktop")"
DISPLAY="$display" xdotool search --onlyvisible --classname "^$wanted\$" >/dev/null || fail "its class is not $wanted: the desktop would not know it"
quits
done_ "painted, of class $wanted"

doing "the main job by the command line"
by_command "$samples"
done_ "$said"

doing "the main job by the window"
by_window "$root$samples/suricata-array.json"
done_ "$said"

doing "the exchange: two devices, a bundle"
sealed_bundle "$home/Night shift.bundle"
done_

doing "a double click on the bundle"
desktop
inside desktop-file-validate /usr/share/applications/triage-window.desktop
by_double_click "$home/Night shift.bundle"
done_ "previewed, handed on, merged"

remember() { inside dpkg -L triage | while read -r path; do [ -d "$root$path" ] && [ ! -L "$root$path" ] || echo "$path"; done >"$work/files"; }
gone() {
    while read -r path; do [ ! -e "$root$path" ] && [ ! -L "$root$path" ] || fail "$path is left"; done <"$work/files"
    left="$(cd "$root" && find etc opt usr var -xdev -iname '*triage*' | grep -v '^var/cache/apt\|^var/log' || true)"
    [ -z "$left" ] || fail "left: $left"
    ! grep -rlqi triage "$root/usr/share/applications" "$root/usr/share/mime" "$root/var/lib/dpkg/status" || fail "a register names it still"
    [ "$(cd "$root$data" && find . -type f | sort | xargs -d '\n' sha256sum)" = "$1" ] || fail "the data are not as they were"
}
sums() { (cd "$root$data" && find . -type f | sort | xargs -d '\n' sha256sum); }

doing "remove"
remember
kept="$(sums)"
apt_ remove triage # it has no settings of its own, so nothing is left to purge
gone "$kept"
done_ "nothing is left but the data, and they are as they were"

if [ -n "$old" ]; then
    doing "an older version, and a store that it made"
    mv "$root$data" "$root$home/first"
    cp "$old" "$root/srv/old.deb"
    apt_ install --no-install-recommends /srv/old.deb
    was="$(inside dpkg-query -f '${Version}' -W triage)"
    one init --org RXX --responder "Sam Okoro" --json >/dev/null
    one import "$samples/suricata-eve.json" --json >/dev/null || true
    one alerts list --json >"$work/old.json"
    one alert promote "$(field 'data[0]["id"]' <"$work/old.json")" --title "From before" --json >/dev/null
    done_ "$was, $(field 'len(data)' <"$work/old.json") alerts"

    doing "upgrade, with the older window open"
    session TRIAGE_PASSPHRASE="$secret" triage-window 2>>"$work/said" &
    shows '^Triage$' || fail "no window"
    painted
    sleep 5 # it unlocks by itself
    apt_ install --no-install-recommends /srv/new.deb
    now="$(inside dpkg-query -f '${Version}' -W triage)"
    inside dpkg --compare-versions "$now" gt "$was" || fail "$was did not become newer, $now"
    inside dpkg --verify triage || fail "files differ from their sums"
    is_one_window || fail "the window did not survive"
    quits
    [ ! -s "$root$data/triage.log" ] || fail "it made a mistake: $(cat "$root$data/triage.log")"
    done_ "$was to $now"

    doing "the store is migrated"
    one alert dismiss "$(field 'data[1]["id"]' <"$work/old.json")" --as false-positive --because "a scanner of ours" --json >/dev/null
    one alerts list --json >"$work/after.json"
    [ "$(field 'sorted(one["id"] for one in data)' <"$work/old.json")" = "$(field 'sorted(one["id"] for one in data)' <"$work/after.json")" ] ||
        fail "the alerts are not the same"
    [ "$(one incidents list --json | field 'data[0]["title"]')" = "From before" ] || fail "the incident is gone"
    verified one
    [ -n "$(find "$root$data/backups" -name 'before-migration-*.db')" ] || fail "no copy was made before it was migrated: was it?"
    done_ "copied before, nothing lost, verified"

    doing "purge"
    remember
    kept="$(sums)"
    apt_ purge triage
    gone "$kept"
    done_
fi

archive="$(dirname "$new")/triage-$(dpkg-deb -f "$new" Version | tr -d '~')-linux-amd64.tar.xz"
[ ! -f "$archive" ] || bash "$here/packaging/linux/prove_tar.sh" "$archive"
