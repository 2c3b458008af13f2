#!/bin/bash
# Proves the .deb on a Debian that has nothing: no Python, no X, no fonts. Prints a line a step, ends at the first failure.
#
#   sudo packaging/linux/prove.sh NEW.deb [OLD.deb]
#
# Wants root, debootstrap, Xvfb, xdotool, git and .venv. The bare root is made once and kept in TRIAGE_PROVE
# (~/.cache/triage-prove); each run works on a copy. The display is the outer machine's, so that no library of X
# comes into the root but what the package asks for. OLD.deb is upgraded from, over a store that the tree before the
# newest migration made.
set -euo pipefail
here="$(cd "$(dirname "$0")/../.." && pwd)"
new="$(realpath "$1")"
old="${2:+$(realpath "$2")}"
cache="${TRIAGE_PROVE:-${XDG_CACHE_HOME:-$HOME/.cache}/triage-prove}"
base="$cache/bookworm"
work="$(mktemp -d)"
root="$work/root"
python="$here/.venv/bin/python"
number=97
secret="seven quiet herons wade"
children=()
step="beginning"

ended() {
    code=$?
    [ "$code" = 0 ] || printf 'FAILED  %s\n' "$step"
    [ "$code" = 0 ] || [ ! -s "$work/said" ] || tail -3 "$work/said"
    for child in "${children[@]:-}"; do [ -z "$child" ] || kill "$child" 2>/dev/null || true; done
    [ -z "${window:-}" ] || kill "$window" 2>/dev/null || true
    git -C "$here" worktree remove --force "$work/before" 2>/dev/null || true
    umount "$root/proc" "$root/tmp/.X11-unix" 2>/dev/null || true
    mountpoint -q "$root/proc" || mountpoint -q "$root/tmp/.X11-unix" || rm -rf "$work"
    exit "$code"
}
trap ended EXIT
doing() { step="$*"; started=$SECONDS; }
done_() { printf 'ok %4ds  %s%s\n' "$((SECONDS - started))" "$step" "${1:+: $1}"; }
fail() { step="$step: $*"; exit 1; }

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
as_user() { # a responder's session
    chroot --userspec=responder:responder "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/srv/responder LC_ALL=C.UTF-8 \
        DISPLAY=":$number" XDG_RUNTIME_DIR=/srv/responder/run TRIAGE_PASSPHRASE="$secret" "$@"
}
apt_() { inside apt-get -q -y -o APT::Sandbox::User=root "$@" >"$work/apt.log" 2>&1 || { tail -5 "$work/apt.log"; return 1; }; }
field() { "$python" -c 'import json,sys; data=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
shows() { # TITLE: a window of that name, within a minute
    for _ in $(seq 120); do
        DISPLAY=":$number" xdotool search --name "$1" >/dev/null 2>&1 && return 0
        sleep 0.5
    done
    return 1
}
colours() { # how many colours the screen has; one that is blank has one or two
    QT_QPA_PLATFORM=xcb DISPLAY=":$number" "$python" - "$1" <<'PY'
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
image = application.primaryScreen().grabWindow(0).toImage()
image.save(sys.argv[1])
print(len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}))
PY
}
painted() { # FILE: wait until the screen has more than a frame
    for _ in $(seq 40); do
        seen="$(colours "$1")"
        [ "$seen" -le 8 ] || { echo "$seen colours"; return 0; }
        sleep 0.5
    done
    return 1
}
stop_window() { kill "$window" 2>/dev/null || true; wait "$window" 2>/dev/null || true; window=; }

doing "a bare Debian root"
if [ ! -e "$base/.ready" ]; then
    mkdir -p "$cache"
    mirror="$(sed -n 's/^URIs: //p' /etc/apt/sources.list.d/debian.sources | head -1)"
    debootstrap --variant=minbase bookworm "$base" "$mirror" >"$work/debootstrap.log"
    touch "$base/.ready"
fi
cp -a --reflink=auto "$base" "$root"
cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
: >"$root/etc/apt/sources.list"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
for conf in /etc/apt/apt.conf.d/*; do ! grep -qi 'proxy' "$conf" || cp "$conf" "$root/etc/apt/apt.conf.d/"; done
[ ! -d /usr/local/share/ca-certificates ] || cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
mkdir -p "$root/tmp/.X11-unix" /tmp/.X11-unix
mount -t proc proc "$root/proc"
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
inside useradd --create-home --home-dir /srv/responder responder
as_user mkdir -m 700 /srv/responder/run
! inside sh -c 'command -v python3 python' || fail "it has a Python"
! inside sh -c 'ls /usr/lib/*/libX11* 2>/dev/null' || fail "it has X"
done_ "no Python, no X"

doing "install"
apt_ update
cp "$new" "$root/srv/new.deb"
apt_ install --no-install-recommends /srv/new.deb
! inside sh -c 'command -v python3' || fail "the package brought a Python"
version="$(as_user triage --version)"
inside dpkg --verify triage || fail "files differ from their sums"
done_ "$version, with $(grep -c '^Setting up' "$work/apt.log") packages"

doing "every library is found"
# The start-up code puts _internal on the path of libraries, so this does too.
missing="$(inside LD_LIBRARY_PATH=/usr/lib/triage/_internal sh -c 'find /usr/lib/triage -name "*.so*" -o -type f -name "triage*" | xargs ldd 2>/dev/null' | grep 'not found' | sort -u || true)"
[ -z "$missing" ] || fail "$missing"
done_

doing "the window paints"
Xvfb ":$number" -screen 0 1440x900x24 -nolisten tcp 2>/dev/null &
children+=($!)
sleep 2
as_user triage-window & window=$!
shows Triage || fail "no window"
done_ "$(painted "$work/first.png")"
stop_window

doing "the main job: a store, the samples, promote, dismiss, verify"
one() { as_user triage "$@" 2>>"$work/said"; }
one init --org RXX --responder "Sam Okoro" --json >/dev/null
one import /usr/lib/triage/_internal/resources/samples/suricata-eve.json \
    /usr/lib/triage/_internal/resources/samples/shadowserver-scan_rdp.csv --json >"$work/import.json" || true
count="$(field 'sum(one["new"] for one in data["files"])' <"$work/import.json")"
[ "$count" -gt 0 ] || fail "nothing was imported"
one alerts list --json >"$work/alerts.json"
ref="$(one alert promote "$(field 'data[0]["id"]' <"$work/alerts.json")" --title "Beacon on ward 7" --json | field 'data["ref"]')"
one alert dismiss "$(field 'data[1]["id"]' <"$work/alerts.json")" --as false-positive --because "a scanner of ours" --json >/dev/null
one incident classify "$ref" --tlp GREEN --json >/dev/null
[ "$(one verify --json | field 'data["ok"]')" = True ] || fail "the journal does not verify"
done_ "$count rows, $ref"

doing "the exchange: two devices, a bundle"
other() { as_user triage --home /srv/responder/other "$@" 2>>"$work/said"; }
other init --org RXY --responder "Jo Pryce" --json >/dev/null
one device identity /srv/responder/one.identity >/dev/null
other device identity /srv/responder/other.identity >/dev/null
one device trust /srv/responder/other.identity --json >/dev/null
other device trust /srv/responder/one.identity --json >/dev/null
to="$(other device show --json | field 'data["device"] if "device" in data else data["id"]')"
one export --to "$to" "/srv/responder/Night shift.bundle" --json >/dev/null
other inspect "/srv/responder/Night shift.bundle" --json >/dev/null
done_

doing "a double click on the bundle"
apt_ install --no-install-recommends xdg-utils libglib2.0-bin shared-mime-info desktop-file-utils
inside desktop-file-validate /usr/share/applications/triage-window.desktop
kind="$(as_user xdg-mime query filetype "/srv/responder/Night shift.bundle")"
[ "$kind" = application/x-triage-bundle ] || fail "its type is $kind"
as_user cp "/srv/responder/Night shift.bundle" /srv/responder/nameless
kind="$(as_user gio info -a standard::content-type /srv/responder/nameless)"
[[ "$kind" == *application/x-triage-bundle* ]] || fail "without its name it is $kind"
entry="$(as_user xdg-mime query default application/x-triage-bundle)"
[ "$entry" = triage-window.desktop ] || fail "the desktop would open it with ${entry:-nothing}"
chroot --userspec=responder:responder "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/srv/responder LC_ALL=C.UTF-8 \
    DISPLAY=":$number" XDG_RUNTIME_DIR=/srv/responder/run TRIAGE_PASSPHRASE="$secret" TRIAGE_HOME=/srv/responder/other \
    gio launch "/usr/share/applications/$entry" "/srv/responder/Night shift.bundle" &
children+=($!)
shows "Merge a bundle" || { colours "$work/bundle.png"; fail "no preview of the merge"; }
sleep 2
[ "$(colours "$work/bundle.png")" -gt 8 ] || fail "blank"
for found in $(pgrep -f '^triage-window|/triage-window ' || true); do
    [ "$(readlink "/proc/$found/root")" != "$root" ] || kill "$found"
done
sleep 2
done_ "the merge's preview is shown"

doing "remove and purge"
remember() { inside dpkg -L triage | while read -r path; do [ -d "$root$path" ] && [ ! -L "$root$path" ] || echo "$path"; done >"$work/files"; }
gone() {
    while read -r path; do [ ! -e "$root$path" ] && [ ! -L "$root$path" ] || fail "$path is left"; done <"$work/files"
    left="$(cd "$root" && find etc opt usr var -xdev -iname '*triage*' | grep -v '^var/cache/apt\|^var/log' || true)"
    [ -z "$left" ] || fail "left: $left"
    ! grep -rlqi triage "$root/usr/share/applications" "$root/usr/share/mime" "$root/var/lib/dpkg/status" || fail "a register names it still"
    [ -f "$root/srv/responder/.local/share/triage/store.db" ] || fail "the data are gone"
}
remember
apt_ remove triage
! inside test -e /usr/lib/triage || fail "/usr/lib/triage is left"
apt_ purge triage
gone
done_ "nothing is left but the data"

if [ -n "$old" ]; then
    doing "a store of an older version"
    commit="$(git -C "$here" log -1 --format=%h -- triage_app/store/migrations.py)^"
    git -C "$here" worktree add -q --detach "$work/before" "$commit"
    mv "$root/srv/responder/.local/share/triage" "$root/srv/responder/first"
    before() { (cd "$work/before" && TRIAGE_PASSPHRASE="$secret" PYTHONPATH="$PWD" "$python" -m triage_app --home "$work/made" "$@" 2>>"$work/said"); }
    before init --org RXX --responder "Sam Okoro" --json >/dev/null
    before import resources/samples/suricata-eve.json --json >/dev/null || true
    before alerts list --json >"$work/old.json"
    before alert promote "$(field 'data[0]["id"]' <"$work/old.json")" --title "From before" --json >/dev/null
    before incidents list --json >"$work/old-incidents.json"
    cp -a "$work/made" "$root/srv/responder/.local/share/triage"
    inside chown -R responder:responder /srv/responder/.local
    done_ "made by $(git -C "$here" rev-parse --short "$commit"), $(field 'len(data)' <"$work/old.json") alerts"

    doing "upgrade"
    cp "$old" "$root/srv/old.deb"
    apt_ install --no-install-recommends /srv/old.deb
    was="$(inside dpkg-query -f '${Version}' -W triage)"
    apt_ install --no-install-recommends /srv/new.deb
    now="$(inside dpkg-query -f '${Version}' -W triage)"
    inside dpkg --compare-versions "$now" gt "$was" || fail "$was did not become newer, $now"
    inside dpkg --verify triage || fail "files differ from their sums"
    one alert dismiss "$(field 'data[1]["id"]' <"$work/old.json")" --as false-positive --because "a scanner of ours" --json >/dev/null
    one alerts list --json >"$work/after.json"
    [ "$(field 'sorted(one["id"] for one in data)' <"$work/old.json")" = "$(field 'sorted(one["id"] for one in data)' <"$work/after.json")" ] ||
        fail "the alerts are not the same"
    [ "$(one incidents list --json | field 'data[0]["title"]')" = "From before" ] || fail "the incident is gone"
    [ "$(one verify --json | field 'data["ok"]')" = True ] || fail "the migrated store does not verify"
    done_ "$was to $now, store migrated and verified"

    doing "purge after the upgrade"
    remember
    apt_ purge triage
    gone
    done_
fi
