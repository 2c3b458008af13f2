# shellcheck shell=bash disable=SC2154 # home and program are those of who reads this
# A Debian that has nothing, a responder on it, and a display: what prove.sh and prove_tar.sh stand on. They read this
# file, after naming in `home` the responder's folder and in `program` the folder of the programs.
#
# The bare root is made once and kept in TRIAGE_PROVE (~/.cache/triage-prove); each run works on a copy. The display
# and its window manager are the outer machine's, so that no library of X comes into the root but what is asked for.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
suite="${TRIAGE_PROVE_SUITE:-bookworm}"
cache="${TRIAGE_PROVE:-${XDG_CACHE_HOME:-$HOME/.cache}/triage-prove}"
work="$(mktemp -d)"
root="$work/root"
python="$here/.venv/bin/python"
secret="seven quiet herons wade"
display=""
step="beginning"
children=()

said=""
broke=""

# ---- saying how it goes ------------------------------------------------------------------------------------
doing() { step="$*"; started=$SECONDS; }
done_() { printf 'ok %4ds  %s%s\n' "$((SECONDS - started))" "$step" "${1:+: $1}"; }
fail() { step="$step: $*" broke=""; exit 1; }
within() { # SECONDS COMMAND…: try until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@"; do [ "$SECONDS" -lt "$end" ] || return 1; sleep 0.5; done
}

all_inside() { # the processes whose root is ours: started by what we started
    local process
    for process in /proc/[0-9]*; do [ "$(readlink "$process/root")" != "$root" ] || echo "${process#/proc/}"; done
}
ended() {
    local code=$?
    trap - EXIT
    if [ "$code" != 0 ]; then
        printf 'FAILED  %s%s\n' "$step" "${broke:+ ($broke)}"
        [ ! -s "$work/said" ] || tail -n 5 "$work/said"
        [ -z "$display" ] || { colours "$cache/failed.png" >/dev/null 2>&1 && echo "the screen: $cache/failed.png"; } || true
    fi
    # shellcheck disable=SC2046 # one number a word
    kill $(all_inside) 2>/dev/null || true
    for child in "${children[@]:-}"; do [ -z "$child" ] || kill "$child" 2>/dev/null || true; done
    sleep 0.5
    umount "$root/proc" "$root/tmp/.X11-unix" 2>/dev/null || true
    mountpoint -q "$root/proc" || mountpoint -q "$root/tmp/.X11-unix" || rm -rf "$work"
    exit "$code"
}
trap ended EXIT
set -E
trap 'broke="$BASH_COMMAND"' ERR # what ended it where nothing else is said
trap 'exit 1' INT TERM

# ---- inside ------------------------------------------------------------------------------------------------
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
session() { # COMMAND…: in a responder's session, in place of this shell
    exec chroot --userspec=responder:responder "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME="$home" LC_ALL=C.UTF-8 \
        DISPLAY="$display" XDG_RUNTIME_DIR=/run/responder "$@"
}
as_user() { (session "$@"); }
with_secret() { as_user TRIAGE_PASSPHRASE="$secret" "$@"; }
apt_() { inside apt-get -q -y -o APT::Sandbox::User=root "$@" >"$work/apt.log" 2>&1 || { tail -n 5 "$work/apt.log"; return 1; }; }

missing_here() { # what the outer machine lacks, as Debian calls it
    local pair
    for pair in debootstrap:debootstrap Xvfb:xvfb openbox:openbox xdotool:xdotool git:git; do
        command -v "${pair%%:*}" >/dev/null || printf ' %s' "${pair##*:}"
    done
}

bare_root() {
    local base="$cache/$suite" mirror conf
    doing "a bare Debian root ($suite)"
    [ "$(id -u)" = 0 ] || fail "only root can make one"
    [ -z "$(missing_here)" ] || fail "these are missing:$(missing_here)"
    if [ ! -e "$base/.ready" ]; then
        mkdir -p "$cache"
        mirror="$(sed -n 's/^URIs: //p' /etc/apt/sources.list.d/debian.sources | sed -n 1p)"
        rm -rf "$base"
        debootstrap --variant=minbase "$suite" "$base" "$mirror" >"$work/debootstrap.log"
        touch "$base/.ready"
    fi
    cp -a --reflink=auto "$base" "$root"
    if [ "$suite" = bookworm ]; then
        cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
        : >"$root/etc/apt/sources.list"
    fi
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    for conf in /etc/apt/apt.conf.d/*; do ! grep -qi proxy "$conf" || cp "$conf" "$root/etc/apt/apt.conf.d/"; done
    [ ! -d /usr/local/share/ca-certificates ] ||
        cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
    mkdir -p "$root/tmp/.X11-unix" /tmp/.X11-unix "$root/run/responder"
    mount -t proc proc "$root/proc"
    mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
    inside useradd --create-home --home-dir "$home" responder
    inside chown responder:responder /run/responder
    inside chmod 700 /run/responder
    ! inside sh -c 'command -v python3 python' || fail "it has a Python"
    ! inside sh -c 'ls /usr/lib/*/libX11* 2>/dev/null' || fail "it has X"
    done_ "no Python, no X"
}

# What a desktop has that opens files by a double click.
desktop() { apt_ install --no-install-recommends libglib2.0-bin shared-mime-info desktop-file-utils; }

every_library() { # FOLDER: each library that something in it wants is found
    # The start-up code puts _internal on the path of libraries, so this does too.
    inside LD_LIBRARY_PATH="$1/_internal" FOLDER="$1" sh -c \
        'find "$FOLDER" \( -name "*.so*" -o -type f -name "triage*" \) -exec ldd {} + 2>/dev/null' | grep 'not found' | sort -u || true
}

# ---- the display -------------------------------------------------------------------------------------------
screen() { # a display with a window manager that has one key of its own, to close a window
    local number
    mkfifo "$work/number"
    Xvfb -displayfd 7 -screen 0 1440x900x24 -nolisten tcp 7>"$work/number" 2>/dev/null &
    children+=($!)
    read -r number <"$work/number"
    display=":$number"
    printf '%s' '<?xml version="1.0"?><openbox_config xmlns="http://openbox.org/3.4/rc">' \
        '<focus><focusNew>yes</focusNew></focus><placement><policy>Smart</policy></placement><keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard><mouse/></openbox_config>' \
        >"$work/openbox.xml"
    DISPLAY="$display" openbox --config-file "$work/openbox.xml" >/dev/null 2>&1 &
    children+=($!)
}
is_shown() { DISPLAY="$display" xdotool search --onlyvisible --name "$1" >/dev/null 2>&1; }
is_hidden() { ! is_shown "$1"; }
is_one_window() { [ "$(DISPLAY="$display" xdotool search --onlyvisible --name '^Triage$' | wc -l)" = 1 ]; }
shows() { within 60 is_shown "$1"; } # TITLE: a window of that name comes
keys() { DISPLAY="$display" xdotool key --delay 12 "$@"; }
types() { DISPLAY="$display" xdotool type --delay 12 "$1"; }
colours() { # FILE: keeps a picture of the screen; says how many colours it has
    QT_QPA_PLATFORM=xcb DISPLAY="$display" "$python" - "$1" <<'PY'
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
image = application.primaryScreen().grabWindow(0).toImage()
image.save(sys.argv[1])
print(len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}))
PY
}
has_colours() { [ "$(colours "$work/screen.png")" -gt 8 ]; }
painted() { within 30 has_colours || fail "the window is blank"; }
is_quiet() { [ -z "$(all_inside)" ]; }
quits() { # the window that is open closes, as by its cross
    keys alt+F4
    within 30 is_quiet || fail "the window did not close"
}
unlocks() { painted; types "$secret"; keys Return; }

# ---- the main job ------------------------------------------------------------------------------------------
field() { "$python" -c 'import json,sys; data=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
one() { with_secret "$program/triage" "$@" 2>>"$work/said"; }
other() { with_secret "$program/triage" --home "$home/other" "$@" 2>>"$work/said"; }
incidents() { "$1" incidents list --json | field 'len(data)'; }
has_incidents() { [ "$(incidents "$1")" -ge "$2" ]; } # WHO COUNT
has_imports() { [ "$(one imports list --json | field 'len(data)')" -ge "$1" ]; }
verified() { [ "$("$1" verify --json | field 'data["ok"]')" = True ] || fail "the journal does not verify"; } # WHO
import_() { keys ctrl+Return; within 5 has_imports "$1"; }
promote_() { keys p; within 8 has_incidents one "$1"; }

by_command() { # SAMPLES: the samples in, promote, dismiss, classify
    local count ref
    one init --org RXX --responder "Sam Okoro" --json >/dev/null
    one import "$1/suricata-eve.json" "$1/shadowserver-scan_rdp.csv" --json >"$work/import.json" || true
    count="$(field 'sum(one["new"] for one in data["files"])' <"$work/import.json")"
    [ "$count" -gt 0 ] || fail "nothing was imported"
    one alerts list --json >"$work/alerts.json"
    ref="$(one alert promote "$(field 'data[0]["id"]' <"$work/alerts.json")" --title "Beacon on ward 7" --json | field 'data["ref"]')"
    one alert dismiss "$(field 'data[1]["id"]' <"$work/alerts.json")" --as false-positive --because "a scanner of ours" --json >/dev/null
    one incident classify "$ref" --tlp GREEN --json >/dev/null
    verified one
    said="$count rows, $ref"
}

by_window() { # SAMPLE: opened with a file; unlock by typing, import, promote by a key, quit
    local before after
    cp "$1" "$root$home/Ward 7 – Siân.json"
    inside chown responder:responder "$home/Ward 7 – Siân.json"
    before="$(one imports list --json | field 'len(data)')"
    after="$(incidents one)"
    session "$program/triage-window" "$home/Ward 7 – Siân.json" 2>>"$work/said" &
    shows '^Triage$' || fail "no window"
    unlocks
    shows "Import Ward 7" || fail "no preview of the import"
    within 60 import_ $((before + 1)) || fail "nothing was imported"
    within 60 is_hidden "Import Ward 7" || fail "the preview stayed"
    within 40 promote_ $((after + 1)) || fail "nothing was promoted"
    quits
    verified one
    said="$((before + 1)) imports, $((after + 1)) incidents"
}

sealed_bundle() { # FILE: two devices that trust each other, and a bundle from one to the other
    local to
    other init --org RXY --responder "Jo Pryce" --json >/dev/null
    one device identity "$home/one.identity" >/dev/null
    other device identity "$home/other.identity" >/dev/null
    one device trust "$home/other.identity" --json >/dev/null
    other device trust "$home/one.identity" --json >/dev/null
    to="$(other device show --json | field 'data["device"] if "device" in data else data["id"]')"
    one export --to "$to" "$1" --json >/dev/null
    other inspect "$1" --json >/dev/null
}

opens() { # FILE: as a desktop does by a double click
    as_user TRIAGE_HOME="$home/other" gio open "$1" >>"$work/said" 2>&1 </dev/null
}
merge_() { # press the button at the right end of the form
    local WIDTH HEIGHT form
    form="$(DISPLAY="$display" xdotool search --onlyvisible --name "Merge a bundle" | tail -n 1)"
    eval "$(DISPLAY="$display" xdotool getwindowgeometry --shell "$form" | grep '^WIDTH=\|^HEIGHT=')"
    DISPLAY="$display" xdotool mousemove --window "$form" $((WIDTH - 55)) $((HEIGHT - 42)) click 1
    within 5 has_incidents other 1
}

by_double_click() { # BUNDLE: known by its type, opened on a locked window, handed to one that is open, merged
    local kind entry file
    as_user cp "$1" "$home/nameless"
    for file in "$1" "$home/nameless"; do
        kind="$(as_user gio info -a standard::content-type "$file")"
        [[ "$kind" == *application/x-triage-bundle* ]] || fail "$file is taken for $kind"
    done
    entry="$(as_user gio mime application/x-triage-bundle | sed -n 1p)"
    [[ "$entry" == *triage-window.desktop ]] || fail "the desktop would open it with ${entry:-nothing}"
    opens "$1" || fail "the desktop could not open it"
    shows '^Triage$' || fail "no window"
    is_hidden "Merge a bundle" || fail "it was shown before anybody unlocked"
    unlocks
    shows "Merge a bundle" || fail "no preview of the merge"
    painted
    [ "$(incidents other)" = 0 ] || fail "it was merged before anybody said so"
    keys Escape
    within 20 is_hidden "Merge a bundle" || fail "the preview does not go away"
    opens "$1" || fail "the desktop could not open it again"
    shows "Merge a bundle" || fail "the window that was open did not take it up"
    is_one_window || fail "a second window came"
    within 60 merge_ || fail "it was not merged"
    keys Escape
    quits
    verified other
}
