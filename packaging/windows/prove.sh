#!/bin/sh
# Proves the Windows installers under Wine, in a prefix of its own that nothing else was ever in: installs, starts, does
# the main job, opens a bundle by its name, upgrades, refuses to go back, removes. One line a step; ends at the first that
# fails, with 1.
#
#   sh packaging/windows/prove.sh [msi|setup|zip]…    all three, or these; what lies in dist/installers/ (packaging/windows/build.sh makes it)
#
# It also needs build/windows/dist/triage/, of which it packs an older version to upgrade from. What the steps said is
# left in build/windows/proof/, with pictures of the window.
set -eu
which="${*:-msi setup zip}"
cd "$(dirname "$0")/../.."
root="$PWD"
python="$root/.venv/bin/python"
proof="$root/build/windows/proof"
folder="$root/build/windows/dist/triage"
installers="$root/dist/installers"
rm -rf "$proof"
mkdir -p "$proof"
export WINEPREFIX="$proof/prefix" LC_ALL=C.UTF-8 # Wine reads words in the charset of the locale
. packaging/windows/wine.sh

most_seconds="${MOST_SECONDS:-10}" # that a silent install may take; more only on a machine that has other things to do

now() { date +%s%N; }
began=0
step() { printf '%-72s' "$1"; begun_step=y; began="$(now)"; }
took() { echo "$((($(now) - began) / 1000000))"; }
done_() { printf 'ok %6d ms%s\n' "$(took)" "${1:+  $1}"; begun_step=""; }
fail() { [ -z "${begun_step:-}" ] || printf 'FAILED\n'; printf 'prove: %s\n' "$1" >&2; exit 1; }

version="$(sed -n 's/^__version__ = "\([0-9.]*\).*/\1/p' triage_app/__init__.py)"
older=0.0.9
msi="$installers/triage-$version-windows-x64.msi"
setup="$installers/triage-$version-windows-x64-setup.exe"
archive="$installers/triage-$version-windows-x64.zip"
for file in "$msi" "$setup" "$archive" "$folder/triage.exe"; do
    [ -f "$file" ] || fail "$file is missing; run packaging/windows/build.sh first."
done

ended() { wine_end; [ -z "${screen:-}" ] || kill "$screen" 2>/dev/null || true; }
trap ended EXIT
trap 'exit 1' INT TERM

# ---- a display, a fresh Windows, an older version ------------------------------------------------------------
for needed in Xvfb xdotool; do
    command -v "$needed" >/dev/null 2>&1 || fail "$needed is missing; on Debian: apt-get install xvfb xdotool."
done
if [ -z "${DISPLAY:-}" ]; then
    mkfifo "$proof/display"
    Xvfb -displayfd 7 -screen 0 1366x768x24 -nolisten tcp 7>"$proof/display" >/dev/null 2>&1 &
    screen=$!
    read -r number <"$proof/display"
    export DISPLAY=":$number"
fi
step "a fresh prefix, Windows 10"
wine_prefix
wine_stand_ins
mkdir -p "$proof/share/dafydd" # a letter that stands for a share; Wine hears of it at its start only
ln -s "$proof/share" "$WINEPREFIX/dosdevices/x:"
in_wine reg add 'HKLM\Software\Wine\Drives' /v 'x:' /d network /f >/dev/null 2>&1
wine_end
wine_prefix
done_

wants() { case " $which " in *" $1 "*) true ;; *) false ;; esac; }
older_kinds="$(for kind in msi setup; do wants "$kind" && printf ' %s' "$kind" || true; done)"

if [ -n "$older_kinds" ]; then
step "an older version to upgrade from, with a file that the newer has not"
cp -R "$folder" "$proof/older"
echo "dropped later" >"$proof/older/_internal/dropped.txt"
# shellcheck disable=SC2086 # one kind a word
SIGN_COMMAND='' "$python" packaging/windows/installers.py "$proof/older" --version "$older" --only $older_kinds --quick \
    --out "$proof" --work "$proof/pack" >"$proof/pack.log" 2>&1 || fail "$(cat "$proof/pack.log")"
done_
fi
old_msi="$proof/triage-$older-windows-x64.msi"
old_setup="$proof/triage-$older-windows-x64-setup.exe"

# ---- looking ------------------------------------------------------------------------------------------------
standing_in() { # FOLDER: where the program is, as Windows says it, and as this system does
    FOLDER="$1"
    PROGRAM="$WINEPREFIX/drive_c/$(printf '%s' "${1#C:\\}" | tr '\\' /)"
}
standing_in 'C:\Program Files\Triage'
windows_path() { printf 'Z:%s' "$1" | tr / '\\'; }
EVENTS='HKLM\System\CurrentControlSet\Services\EventLog\Application\Triage'
registry() { in_wine reg query "$@" 2>/dev/null | tr -d '\r' | grep -v '^reg: ' || true; } # Wine says there that it found nothing
UNINSTALL='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall'
entries() { # of the program, among what Settings lists: one "version" each
    registry "$UNINSTALL" /s | awk '/^HKEY/ { name = version = "" } /DisplayName/ { name = $NF } /DisplayVersion/ { version = $NF }
        name == "Triage" && version { print version; name = version = "" }'
}
value() { registry "$1" /v "$2" | awk -v n="$2" '$1 == n { sub(/^.*REG_[A-Z_]*[ \t]*/, ""); print }'; }
default() { registry "$1" /ve | sed -n 's/^.*REG_SZ[ \t]*//p'; }

opened_by() { # what a double click on a bundle starts, from a file in UTF-16: what Wine prints has no letters beyond ours
    in_wine reg export 'HKLM\Software\Classes\Triage.Bundle\shell\open\command' 'C:\asked.reg' /y >/dev/null 2>&1
    iconv -f UTF-16 -t UTF-8 "$WINEPREFIX/drive_c/asked.reg" | tr -d '\r' | sed -n 's/^@="\(.*\)"$/\1/p' | sed 's/\\\(.\)/\1/g'
}

same_files() { # EXTRA…: what is installed is what was built, and these
    (cd "$folder" && find . -type f | LC_ALL=C sort) >"$proof/wanted.txt"
    for extra in "$@"; do echo "./$extra"; done >>"$proof/wanted.txt"
    LC_ALL=C sort -o "$proof/wanted.txt" "$proof/wanted.txt"
    (cd "$PROGRAM" && find . -type f | LC_ALL=C sort) >"$proof/found.txt"
    cmp -s "$proof/wanted.txt" "$proof/found.txt" || fail "other files are installed than were built: $(diff "$proof/wanted.txt" "$proof/found.txt" | head -n 5)"
    cmp -s "$folder/triage.exe" "$PROGRAM/triage.exe" || [ -n "${SIGN_COMMAND:-}" ] || fail "triage.exe is not the one that was built"
}

registered() { # VERSION
    [ "$(entries)" = "$1" ] || fail "Settings would list versions “$(entries)” where $1 alone is installed"
    [ "$(default 'HKLM\Software\Classes\.bundle')" = Triage.Bundle ] || fail "bundles are not associated"
    [ "$(opened_by)" = "\"$FOLDER\triage-window.exe\" \"%1\"" ] || fail "bundles are opened by something else: $(opened_by)"
    [ "$(value 'HKLM\Software\Triage' Version)" = "$1" ] || fail "the version in the registry is not $1"
    registry "$EVENTS" /v EventMessageFile | grep -q 'REG_EXPAND_SZ *%SystemRoot%.System32.EventCreate.exe$' ||
        fail "events of the program would have no words: $(registry "$EVENTS" /s)"
    [ -n "$(find "$WINEPREFIX/drive_c" -name 'Triage.lnk' -path '*Start Menu*')" ] || fail "there is no Start menu entry"
}

gone() {
    [ ! -e "$PROGRAM" ] || fail "left behind: $(find "$PROGRAM" | head -n 5)"
    [ -z "$(entries)" ] || fail "Settings still lists $(entries)"
    [ -z "$(default 'HKLM\Software\Classes\Triage.Bundle\shell\open\command')" ] || fail "the association was left behind"
    [ -z "$(registry 'HKLM\Software\Triage')" ] || fail "HKLM\\Software\\Triage was left behind: $(registry 'HKLM\Software\Triage')"
    [ -z "$(registry "$EVENTS")" ] || fail "the source of events was left behind"
    [ -z "$(find "$WINEPREFIX/drive_c" -name 'Triage.lnk')" ] || fail "the Start menu entry was left behind"
    [ -f "$home/store.db" ] || fail "the user's store was removed"
}

install() { # MSI WORD LOG [PROPERTY]…: ends as msiexec does
    at="$(windows_path "$1")" how="$2" log="$(windows_path "$proof/$3.log")"
    shift 3
    in_wine msiexec "$how" "$at" /qn '/l*v' "$log" "$@" >/dev/null 2>&1
}
quick_enough() {
    spent="$(took)"
    [ "$spent" -le "$((most_seconds * 1000))" ] || fail "it took $spent ms, more than $most_seconds s; load: $(cut -d' ' -f1-3 /proc/loadavg)"
}
batch() { # LINE…: a batch file of these lines, for variables that Wine keeps from its programs or sets itself
    { printf '@echo off\r\n'; printf '%s\r\n' "$@"; printf 'exit /b %%errorlevel%%\r\n'; } >"$WINEPREFIX/drive_c/step.bat"
    in_wine cmd /c 'C:\step.bat'
}

# ---- the main job -------------------------------------------------------------------------------------------
# A profile in a folder with a space and letters of other scripts, as real names have.
home="$WINEPREFIX/drive_c/users/Dafydd Ŵyn 東京/Triage"
home_there='C:\users\Dafydd Ŵyn 東京\Triage'
echo "seven quiet herons wade" >"$proof/passphrase"
triage() { in_wine "${TRIAGE:-C:\\Program Files\\Triage\\triage.exe}" --home "$home_there" --passphrase-file "$(windows_path "$proof/passphrase")" "$@"; }
json() { "$python" -c "import json,sys; said = json.load(sys.stdin); print($1)"; }

main_job() {
    mkdir -p "$home"
    triage init --org RXX --responder "Siân" >"$proof/init.log" 2>&1 || fail "init: $(cat "$proof/init.log")"
    triage import "$(windows_path "$root/resources/samples/suricata-eve.json")" --json >"$proof/import.json" 2>"$proof/import.log" ||
        fail "import: $(cat "$proof/import.log" "$proof/import.json")"
    [ "$(json 'said["files"][0]["new"]' <"$proof/import.json")" -gt 0 ] || fail "import: $(cat "$proof/import.json")"
    triage alerts list --json >"$proof/alerts.json" 2>"$proof/alerts.log" || fail "alerts list: $(cat "$proof/alerts.log")"
    triage alert promote "$(json 'said[0]["id"]' <"$proof/alerts.json")" --title "Proved under Wine" --json >"$proof/promote.json" 2>"$proof/promote.log" ||
        fail "promote: $(cat "$proof/promote.json" "$proof/promote.log")"
    verified
}

verified() {
    triage verify --json >"$proof/verify.json" 2>"$proof/verify.log" || fail "verify: $(cat "$proof/verify.log" "$proof/verify.json")"
    [ "$(json 'said["ok"]' <"$proof/verify.json")" = True ] || fail "verify: $(cat "$proof/verify.json")"
    triage incidents list --json >"$proof/incidents.json" 2>&1 || fail "incidents list: $(cat "$proof/incidents.json")"
    [ "$(json '"Proved under Wine" in [one["title"] for one in said]' <"$proof/incidents.json")" = True ] || fail "the incident is not there: $(cat "$proof/incidents.json")"
}

seen() { # PICTURE: it is of a window with something in it
    QT_QPA_PLATFORM=offscreen "$python" - "$proof/$1" <<'PY' || fail "the window is blank; look at build/windows/proof/$1"
import sys
from PySide6.QtGui import QImage
image = QImage(sys.argv[1])
seen = {image.pixel(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)}
sys.exit(not (image.width() >= 640 and image.height() >= 400 and len(seen) > 8))
PY
}

window() { # PICTURE: without a screen, as a service would start it
    batch 'set QT_QPA_PLATFORM=offscreen' "\"$FOLDER\triage-window.exe\" --home C:\first --paint-test \"$(windows_path "$proof/$1")\"" \
        >"$proof/window.log" 2>&1 || fail "the window did not come up: $(cat "$proof/window.log")"
    [ -s "$proof/$1" ] || fail "the window painted nothing: $(cat "$proof/window.log")"
    seen "$1"
}

shows() { # TITLE PICTURE: a window of that name is on the screen within a minute, and painted
    tries=0
    until xdotool search --onlyvisible --name "$1" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -le 120 ] || { screenshot "$2"; fail "no window “$1” came; look at build/windows/proof/$2"; }
        sleep 0.5
    done
    sleep 2
    screenshot "$2"
    seen "$2"
}
screenshot() {
    QT_QPA_PLATFORM=xcb "$python" -c 'import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
application.primaryScreen().grabWindow(0).save(sys.argv[1])' "$proof/$1"
}
responder() { # WORD…: what somebody does at the desktop, whose store is $home and who need not type the passphrase
    (export TRIAGE_HOME="$home_there" TRIAGE_PASSPHRASE="$(cat "$proof/passphrase")"; in_wine start "$@") >>"$proof/desktop.log" 2>&1 &
}
close_all() {
    in_wine taskkill /f /im triage-window.exe >/dev/null 2>&1 || true
    wait_for=0
    while xdotool search --onlyvisible --name "Triage|Merge" >/dev/null 2>&1 && [ "$wait_for" -lt 40 ]; do sleep 0.25; wait_for=$((wait_for + 1)); done
}

# ---- another laptop, which is Linux -------------------------------------------------------------------------
sender() { TRIAGE_PASSPHRASE="nine loud geese fly" "$python" -m triage_app --home "$proof/sender" "$@" 2>>"$proof/sender.log"; }
bundle="$WINEPREFIX/drive_c/users/Dafydd Ŵyn 東京/Night shift 東京.bundle"
bundle_there='C:\users\Dafydd Ŵyn 東京\Night shift 東京.bundle'
make_bundle() {
    sender init --org RXY --responder "Jo Pryce" >/dev/null || fail "$(cat "$proof/sender.log")"
    sender device identity "$proof/sender.identity" >/dev/null
    triage device identity "$(windows_path "$proof/laptop.identity")" >"$proof/trust.log" 2>&1 || fail "$(cat "$proof/trust.log")"
    triage device trust "$(windows_path "$proof/sender.identity")" --json >"$proof/trust.log" 2>&1 || fail "$(cat "$proof/trust.log")"
    sender device trust "$proof/laptop.identity" --json >/dev/null
    sender import resources/samples/shadowserver-scan_rdp.csv --json >/dev/null || true
    ref="$(sender alert promote "$(sender alerts list --json | json 'said[0]["id"]')" --title "From a Linux laptop" --json | json 'said["ref"]')"
    sender incident classify "$ref" --tlp GREEN --json >/dev/null
    to="$(triage device show --json 2>/dev/null | json 'said["device"] if "device" in said else said["id"]')"
    sender export --to "$to" "$bundle" --json >"$proof/export.json" || fail "$(cat "$proof/sender.log")"
}

# ---- the MSI ------------------------------------------------------------------------------------------------
prove_msi() {
    step "MSI $older: silent install"
    install "$old_msi" /i old-msi || fail "msiexec ended with $?; see build/windows/proof/old-msi.log"
    quick_enough
    done_ "load $(cut -d' ' -f1 /proc/loadavg)"
    step "MSI $older: files, registry, Start menu"
    same_files _internal/dropped.txt
    registered "$older"
    done_
    step "triage --version"
    in_wine 'C:\Program Files\Triage\triage.exe' --version >"$proof/version.log" 2>&1 || fail "$(cat "$proof/version.log")"
    grep -q "$version" "$proof/version.log" || fail "it said: $(cat "$proof/version.log")"
    done_ "$(tr -d '\r' <"$proof/version.log" | head -n 1)"
    step "init, import, promote, verify; a profile with a space and 東京 in its path"
    main_job
    done_
    step "the window comes up and paints"
    window window.png
    done_
    step "a start that fails: a sentence, exit 2, a line in the system's log"
    code=0
    (export WINEDEBUG=err+eventlog; in_wine "$FOLDER\\triage.exe" --home 'C:\second' --passphrase-file 'C:\nowhere' --paint-test 'C:\no.png') \
        >"$proof/fault.log" 2>&1 || code=$?
    [ "$code" = 2 ] || fail "it ended with $code: $(cat "$proof/fault.log")"
    grep -q "passphrase file" "$proof/fault.log" || fail "nobody was told why: $(cat "$proof/fault.log")"
    grep -q "Triage $version did not start: " "$WINEPREFIX/drive_c/second/startup.log" || fail "startup.log does not say it"
    grep -q "eventlog.*Triage $version did not start: " "$proof/fault.log" || fail "the event log was not told: $(cat "$proof/fault.log")"
    done_
    step "a bundle from a Linux laptop, opened by its name: Merge a bundle"
    make_bundle
    responder "$bundle_there"
    shows "Merge a bundle" bundle.png
    close_all
    done_
    step "the Start menu's entry, and the bundle in the window that it opened"
    responder "$(find "$WINEPREFIX/drive_c" -name Triage.lnk | sed "s|^$WINEPREFIX/drive_c/|C:/|" | tr / '\\' | head -n 1)"
    shows "Triage" started.png
    responder "$bundle_there"
    shows "Merge a bundle" second-start.png
    close_all
    triage merge "$(windows_path "$bundle")" --json >"$proof/merge.json" 2>&1 || fail "merge: $(cat "$proof/merge.json")"
    done_
    step "MSI $older -> $version: silent upgrade"
    install "$msi" /i upgrade-msi || fail "msiexec ended with $?; see build/windows/proof/upgrade-msi.log"
    done_
    step "MSI $version: the dropped file is gone, one entry in Settings"
    same_files
    registered "$version"
    done_
    step "the same store, with the newer version"
    verified
    done_
    step "MSI $older over $version is refused"
    code=0
    install "$old_msi" /i downgrade-msi || code=$?
    [ "$code" != 0 ] || fail "a downgrade was accepted"
    registered "$version"
    done_ "exit $code"
    step "setup.exe beside the MSI is refused"
    code=0
    in_wine "$(windows_path "$setup")" /S >"$proof/beside.log" 2>&1 || code=$?
    [ "$code" = 2 ] || fail "it ended with $code"
    registered "$version"
    done_ "exit $code"
    step "the profile's folder is redirected to a share: refused with a reason"
    redirected
    done_
    step "MSI $version: silent removal leaves only the user's data"
    install "$msi" /x remove-msi || fail "msiexec ended with $?; see build/windows/proof/remove-msi.log"
    gone
    done_
    step "MSI $older into a folder of another name, with a space and 東京"
    standing_in 'C:\Apps Ŵyn 東京\Triage'
    install "$old_msi" /i elsewhere-msi "INSTALLDIR=$FOLDER" || fail "msiexec ended with $?; see build/windows/proof/elsewhere-msi.log"
    same_files _internal/dropped.txt
    registered "$older"
    done_
    step "MSI $older -> $version: it stays there, and works"
    install "$msi" /i elsewhere-upgrade || fail "msiexec ended with $?; see build/windows/proof/elsewhere-upgrade.log"
    same_files
    registered "$version"
    TRIAGE="$FOLDER\\triage.exe"
    verified
    done_
    step "MSI $version: removed from there"
    install "$msi" /x elsewhere-remove || fail "msiexec ended with $?; see build/windows/proof/elsewhere-remove.log"
    gone
    TRIAGE=''
    standing_in 'C:\Program Files\Triage'
    done_
}

refused() { # CODE LINE…: after these lines no store is made, and why is said
    code="$1"
    shift
    batch "$@" "\"$FOLDER\triage.exe\" --passphrase-file \"$(windows_path "$proof/passphrase")\" init --org RXX --responder Dafydd --json" \
        >"$proof/redirected.json" 2>&1 && fail "a store was made: $*"
    [ "$(json 'said["code"]' <"$proof/redirected.json")" = "$code" ] || fail "it was not refused as $code: $(cat "$proof/redirected.json")"
}
redirected() { # a share by a letter and by its name, as redirected profiles have them
    for local in 'X:\dafydd\AppData\Local' '\\server\profiles$\dafydd\AppData\Local'; do
        refused network-share "set LOCALAPPDATA=$local"
    done
    refused synced-folder 'set APPDATA=C:\users\dafydd\AppData\Roaming' 'set TRIAGE_HOME=%APPDATA%\Triage'
    [ -z "$(ls -A "$proof/share/dafydd")" ] || fail "something was written to the share: $(ls -R "$proof/share")"
    # The usual: documents and the roaming part on the share, the local part on the laptop.
    batch 'set USERPROFILE=X:\dafydd' 'set APPDATA=X:\dafydd\AppData\Roaming' 'set LOCALAPPDATA=C:\users\dafydd\AppData\Local' \
        "\"$FOLDER\triage.exe\" --passphrase-file \"$(windows_path "$proof/passphrase")\" init --org RXX --responder Dafydd" \
        >"$proof/roaming.log" 2>&1 || fail "with a local part it did not work: $(cat "$proof/roaming.log")"
    [ -f "$WINEPREFIX/drive_c/users/dafydd/AppData/Local/Triage/store.db" ] || fail "the store is not in the local part"
    [ -z "$(ls -A "$proof/share/dafydd")" ] || fail "something was written to the share: $(ls -R "$proof/share")"
}

# ---- the setup.exe ------------------------------------------------------------------------------------------
prove_setup() {
    standing_in 'C:\Apps東京\Triage' # no space: Wine puts words with one in quotes, which /D= must not have
    TRIAGE="$FOLDER\\triage.exe"
    step "setup.exe $older: silent install into a folder of another name"
    in_wine "$(windows_path "$old_setup")" /S "/D=$FOLDER" >"$proof/setup.log" 2>&1 || fail "it ended with $?: $(cat "$proof/setup.log")"
    done_
    step "setup.exe $older: files, registry, Start menu"
    same_files _internal/dropped.txt uninstall.exe
    registered "$older"
    [ -e "$home/store.db" ] || main_job
    done_
    step "MSI beside the setup.exe is refused"
    code=0
    install "$msi" /i beside-msi || code=$?
    [ "$code" != 0 ] || fail "it was accepted"
    done_ "exit $code"
    step "setup.exe $older -> $version: silent upgrade"
    in_wine "$(windows_path "$setup")" /S >"$proof/setup.log" 2>&1 || fail "it ended with $?: $(cat "$proof/setup.log")"
    done_
    step "setup.exe $version: the dropped file is gone, one entry; the same store"
    same_files uninstall.exe
    registered "$version"
    verified
    done_
    step "setup.exe $older over $version is refused"
    code=0
    in_wine "$(windows_path "$old_setup")" /S >"$proof/setup.log" 2>&1 || code=$?
    [ "$code" = 2 ] || fail "it ended with $code"
    registered "$version"
    done_ "exit $code"
    step "uninstall.exe /S leaves only the user's data"
    in_wine "$FOLDER\\uninstall.exe" /S >"$proof/setup.log" 2>&1 || fail "it ended with $?"
    waited=0 # it goes on in a copy of itself, which takes a moment
    while [ -e "$PROGRAM" ] && [ "$waited" -lt 50 ]; do sleep 0.2; waited=$((waited + 1)); done
    gone
    done_
}

# ---- the folder edition -------------------------------------------------------------------------------------
prove_zip() {
    step "the ZIP, unpacked in a folder with a space and 東京 in its name: the same store"
    "$python" -m zipfile -e "$archive" "$WINEPREFIX/drive_c/Stick 東京"
    standing_in "C:\\Stick 東京\\triage-$version"
    TRIAGE="$FOLDER\\triage.exe"
    same_files edition.json # what is unpacked takes updates by itself, and says so with this
    [ -e "$home/store.db" ] || main_job
    verified
    done_
    step "its window comes up and paints, and nothing is registered"
    in_wine "$FOLDER\\triage-window.exe" --home 'C:\third' --paint-test "$(windows_path "$proof/stick.png")" >"$proof/stick.log" 2>&1 ||
        fail "it ended with $?: $(cat "$proof/stick.log")"
    seen stick.png
    [ -z "$(entries)$(registry 'HKLM\Software\Triage')" ] || fail "it is registered"
    done_
}

! wants msi || prove_msi
! wants setup || prove_setup
! wants zip || prove_zip
echo "prove: all steps passed; Wine is no Windows: a run on real Windows, with NVDA, is still owed"
