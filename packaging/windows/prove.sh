#!/bin/sh
# Proves the Windows installers under Wine, in a prefix of its own that nothing else was ever in: installs, starts, does
# the main job, upgrades, refuses to go back, removes. One line a step; ends at the first that fails, with 1.
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
command -v Xvfb >/dev/null 2>&1 || fail "Xvfb is missing; on Debian: apt-get install xvfb."
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
PROGRAM="$WINEPREFIX/drive_c/Program Files/Triage"
windows_path() { printf 'Z:%s' "$1" | tr / '\\'; }
registry() { in_wine reg query "$@" 2>/dev/null | tr -d '\r'; }
UNINSTALL='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall'
entries() { # of the program, among what Settings lists: one "version" each
    registry "$UNINSTALL" /s | awk '/^HKEY/ { name = version = "" } /DisplayName/ { name = $NF } /DisplayVersion/ { version = $NF }
        name == "Triage" && version { print version; name = version = "" }'
}
value() { registry "$1" /v "$2" | awk -v n="$2" '$1 == n { sub(/^.*REG_[A-Z_]*[ \t]*/, ""); print }'; }
default() { registry "$1" /ve | sed -n 's/^.*REG_SZ[ \t]*//p'; }

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
    case "$(default 'HKLM\Software\Classes\Triage.Bundle\shell\open\command')" in
        *'Program Files\Triage\triage-window.exe" "%1"'*) ;;
        *) fail "bundles are opened by something else: $(default 'HKLM\Software\Classes\Triage.Bundle\shell\open\command')" ;;
    esac
    [ "$(value 'HKLM\Software\Triage' Version)" = "$1" ] || fail "the version in the registry is not $1"
    [ -n "$(find "$WINEPREFIX/drive_c" -name 'Triage.lnk' -path '*Start Menu*')" ] || fail "there is no Start menu entry"
}

gone() {
    [ ! -e "$PROGRAM" ] || fail "left behind: $(find "$PROGRAM" | head -n 5)"
    [ -z "$(entries)" ] || fail "Settings still lists $(entries)"
    [ -z "$(default 'HKLM\Software\Classes\Triage.Bundle\shell\open\command')" ] || fail "the association was left behind"
    [ -z "$(registry 'HKLM\Software\Triage')" ] || fail "HKLM\\Software\\Triage was left behind: $(registry 'HKLM\Software\Triage')"
    [ -z "$(find "$WINEPREFIX/drive_c" -name 'Triage.lnk')" ] || fail "the Start menu entry was left behind"
    [ -f "$home/store.db" ] || fail "the user's store was removed"
}

install() { # MSI WORD: prints the exit code
    in_wine msiexec "$2" "$(windows_path "$1")" /qn '/l*v' "$(windows_path "$proof/$3.log")" >/dev/null 2>&1
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
    [ "$(json 'said[0]["title"]' <"$proof/incidents.json")" = "Proved under Wine" ] || fail "the incident is not there: $(cat "$proof/incidents.json")"
}

window() { # PICTURE: Wine keeps variables of Qt from its programs, so a batch file sets them there
    printf '@echo off\r\nset QT_QPA_PLATFORM=offscreen\r\n"%%ProgramFiles%%\\Triage\\triage-window.exe" --home C:\\first --paint-test "%s"\r\nexit /b %%errorlevel%%\r\n' \
        "$(windows_path "$proof/$1")" >"$WINEPREFIX/drive_c/window.bat"
    in_wine cmd /c 'C:\window.bat' >"$proof/window.log" 2>&1 || fail "the window did not come up: $(cat "$proof/window.log")"
    [ -s "$proof/$1" ] || fail "the window painted nothing: $(cat "$proof/window.log")"
    QT_QPA_PLATFORM=offscreen "$python" - "$proof/$1" <<'PY' || fail "the window is blank; look at build/windows/proof/$1"
import sys
from PySide6.QtGui import QImage
image = QImage(sys.argv[1])
seen = {image.pixel(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)}
sys.exit(not (image.width() >= 640 and image.height() >= 400 and len(seen) > 8))
PY
}

# ---- the MSI ------------------------------------------------------------------------------------------------
prove_msi() {
    step "MSI $older: silent install"
    install "$old_msi" /i old-msi || fail "msiexec ended with $?; see build/windows/proof/old-msi.log"
    spent="$(took)"
    [ "$spent" -le "$((most_seconds * 1000))" ] || fail "it took $spent ms, more than $most_seconds s; load: $(cut -d' ' -f1-3 /proc/loadavg)"
    done_
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
    step "MSI $older -> $version: silent upgrade"
    install "$msi" /i upgrade-msi || fail "msiexec ended with $?; see build/windows/proof/upgrade-msi.log"
    spent="$(took)"
    [ "$spent" -le "$((most_seconds * 1000))" ] || fail "it took $spent ms, more than $most_seconds s; load: $(cut -d' ' -f1-3 /proc/loadavg)"
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
    step "MSI $version: silent removal leaves only the user's data"
    install "$msi" /x remove-msi || fail "msiexec ended with $?; see build/windows/proof/remove-msi.log"
    gone
    done_
}

# ---- the setup.exe ------------------------------------------------------------------------------------------
prove_setup() {
    step "setup.exe $older: silent install"
    in_wine "$(windows_path "$old_setup")" /S >"$proof/setup.log" 2>&1 || fail "it ended with $?: $(cat "$proof/setup.log")"
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
    in_wine 'C:\Program Files\Triage\uninstall.exe' /S >"$proof/setup.log" 2>&1 || fail "it ended with $?"
    waited=0 # it goes on in a copy of itself, which takes a moment
    while [ -e "$PROGRAM" ] && [ "$waited" -lt 50 ]; do sleep 0.2; waited=$((waited + 1)); done
    gone
    done_
}

# ---- the folder edition -------------------------------------------------------------------------------------
prove_zip() {
    step "the ZIP, unpacked in a folder with a space and 東京 in its name"
    "$python" -m zipfile -e "$archive" "$WINEPREFIX/drive_c/Stick 東京"
    TRIAGE="C:\\Stick 東京\\triage-$version\\triage.exe"
    [ -e "$home/store.db" ] || main_job
    verified
    done_
}

! wants msi || prove_msi
! wants setup || prove_setup
! wants zip || prove_zip
echo "prove: all steps passed; Wine is no Windows: a run on real Windows, with NVDA, is still owed"
