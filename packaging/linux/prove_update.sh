#!/bin/bash
# Proves the update of the folder edition with what PyInstaller makes: sh packaging/linux/prove_update.sh [FOLDER]
#
# FOLDER is usually dist/triage (make package). The release key is made for the proof and put into a copy of the folder;
# the versions are the same program under other numbers. Prints a line a step, ends at the first failure. A few minutes.
set -euo pipefail
here="$(cd "$(dirname "$0")/../.." && pwd)"
folder="$(realpath "${1:-$here/dist/triage}")"
python="$here/.venv/bin/python"
work="$(mktemp -d)"
step="beginning"
ended() {
    code=$?
    [ "$code" = 0 ] || printf 'FAILED  %s\n' "$step"
    [ "$code" = 0 ] || [ ! -s "$work/said" ] || tail -5 "$work/said"
    rm -rf "$work"
    exit "$code"
}
trap ended EXIT
doing() { step="$*"; started=$SECONDS; }
done_() { printf 'ok %4ds  %s%s\n' "$((SECONDS - started))" "$step" "${1:+: $1}"; }
fail() { step="$step: $*"; exit 1; }
field() { "$python" -c 'import json,sys; data=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
bare() { env -i PATH=/usr/bin:/bin HOME="$work/home" LC_ALL=C.UTF-8 QT_QPA_PLATFORM=offscreen TRIAGE_PASSPHRASE="seven quiet herons wade" "$@"; }
mkdir "$work/home"

doing "a release key, and a program that knows it"
openssl genpkey -algorithm ed25519 -out "$work/release.key" 2>/dev/null
public="$(openssl pkey -in "$work/release.key" -pubout -outform DER | tail -c 32 | od -An -tx1 | tr -d ' \n')"
cp -a "$folder" "$work/program"
printf '{"version": 1, "keys": [{"ed25519": "%s"}]}\n' "$public" >"$work/program/_internal/resources/releases/keys.json"
done_

signed() { (cd "$here" && TRIAGE_RELEASE_WITHOUT_BILL=1 TRIAGE_RELEASE_KEY="$work/release.key" sh packaging/release.sh "$work/$1") 2>"$work/said"; }
archive() { echo "$work/$1/triage-$1-linux-amd64.tar.xz"; }
unpacked="$work/triage-7.0.0-linux-amd64"
again() { # VERSION: what was unpacked, under another number; packed as build.sh does, without its ten seconds for a .deb
    mkdir "$work/$1"
    printf '{"edition": "folder", "platform": "linux-amd64", "version": "%s"}\n' "$1" >"$unpacked/triage/edition.json"
    mv "$unpacked" "$work/triage-$1-linux-amd64"
    tar -C "$work" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner -cf - "triage-$1-linux-amd64" | xz -T2 -0 >"$(archive "$1")"
    mv "$work/triage-$1-linux-amd64" "$unpacked"
    signed "$1"
}

doing "three releases: one that works, the next, and one that dies at its start"
(cd "$here" && TRIAGE_XZ=0 TRIAGE_VERSION=7.0.0 sh packaging/linux/build.sh "$work/program" "$work/7.0.0") 2>"$work/said"
signed 7.0.0
tar -C "$work" -xf "$(archive 7.0.0)"
again 7.1.0
for name in triage triage-window; do printf '#!/bin/sh\nkill -9 $$\n' >"$unpacked/triage/$name"; done
again 7.2.0
rm -rf "$unpacked"
done_ "$(stat -c %s "$(archive 7.1.0)") bytes, $(find "$work/program" -type f | wc -l) files, $(find "$work/program" -type l | wc -l) links"

doing "what a package installs takes no update"
dpkg-deb -x "$work/7.0.0/triage_7.0.0_amd64.deb" "$work/installed"
[ ! -e "$work/installed/usr/lib/triage/edition.json" ] || fail "the .deb carries the mark"
code=0
bare "$work/installed/usr/lib/triage/triage" update "$(archive 7.1.0)" 2>"$work/said" || code=$?
[ "$code" = 2 ] && grep -q "was installed" "$work/said" || fail "exit $code"
tar -C "$work" -xf "$(archive 7.0.0)"
bare env TRIAGE_AS_ROOT=1 "$work/triage-7.0.0-linux-amd64/install.sh" >"$work/said"
bare "$work/home/.local/bin/triage" update "$(archive 7.1.0)" 2>"$work/said" && fail "install.sh left the mark"
done_

doing "7.0.0 unpacked in a folder with a space and 東京 in its name makes a store"
place="$work/Stick 東京"
mkdir "$place"
tar -C "$place" -xf "$(archive 7.0.0)"
base="$place/triage-7.0.0-linux-amd64/triage"
triage() { bare "$base/triage" --home "$work/profile" "$@"; }
version() { triage update --json | field 'data["version"]'; }
triage init --org RXX --responder Sam >"$work/said" 2>&1
triage incident new --title "Before the update" >/dev/null 2>"$work/said"
[ "$(version)" = 7.0.0 ] || fail "it is $(version)"
done_

doing "a stick that somebody changed is refused"
mkdir "$work/forged"
cp "$work/7.1.0"/SHA256SUMS* "$(archive 7.1.0)" "$work/forged/"
printf x >>"$work/forged/triage-7.1.0-linux-amd64.tar.xz"
triage update "$work/forged/triage-7.1.0-linux-amd64.tar.xz" 2>"$work/said" && fail "it was taken"
grep -q "not the file that was released" "$work/said" || fail "it says otherwise"
rm "$work/forged/SHA256SUMS.sig"
triage update "$work/forged/triage-7.1.0-linux-amd64.tar.xz" 2>"$work/said" && fail "it was taken unsigned"
done_

doing "an update killed at twelve moments leaves a version that starts"
for tenths in 2 4 6 8 10 13 16 20 25 30 40 50; do
    triage update "$(archive 7.1.0)" >"$work/said" 2>&1 &
    child=$!
    sleep "$(echo "scale=1; $tenths / 10" | bc)"
    pkill -9 -P "$child" 2>/dev/null || true # the program, where the shell has not become it
    kill -9 "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    now="$(version)"
    [ "$now" = 7.0.0 ] || [ "$now" = 7.1.0 ] || fail "it is $now"
    bare "$base/triage" --version >/dev/null || fail "nothing starts"
done
done_

doing "7.1.0 is checked and laid down"
began="$(date +%s.%N)"
[ "$(triage update --json | field 'data["waiting"]')" = "" ] || triage update --back >/dev/null
triage update "$(archive 7.1.0)" >"$work/said"
done_ "$(echo "$(date +%s.%N) - $began" | bc) s; $(ls "$base/versions" | tr '\n' ' ')"

doing "the next start takes it, reads with its own reader, and the window follows"
[ "$(version)" = 7.1.0 ] || fail "it is $(version)"
triage import "$base/_internal/resources/samples/suricata-eve.json" >/dev/null 2>"$work/said"
grep -q "this is version 7.1.0" "$work/said" || fail "nobody is told"
triage verify --json | field 'data["ok"]' | grep -q True || fail "the store does not verify"
bare "$base/triage-window" --home "$work/profile" --paint-test "$work/first.png" 2>"$work/said"
[ "$(stat -c %s "$work/first.png")" -gt 10000 ] || fail "the window is blank"
# Which files a process of it runs from: nothing of the folder that was unpacked.
printf 'incidents list\n' >"$work/lines"
mkfifo "$work/pipe"
triage batch - <"$work/pipe" >/dev/null 2>&1 &
exec 9>"$work/pipe"
sleep 3
process="$(pgrep -f "$base/versions/7.1.0/triage" | sed -n 1p)"
[ -n "$process" ] || fail "no process of it is there"
strange="$(grep -F "$base/" "/proc/$process/maps" | grep -vF "$base/versions/7.1.0/" | sed -n 1p || true)"
[ -z "$strange" ] || fail "it has loaded $strange"
variables="$(tr '\0' '\n' <"/proc/$process/environ" | grep -c "^TRIAGE_HANDED_OVER\|$base/_internal" || true)"
exec 9>&-
wait
done_ "variables of the first program left at its start: $variables (its own is one)"

doing "an older version and the same are refused"
triage update "$(archive 7.1.0)" 2>"$work/said" && fail "the same was taken"
triage update "$(archive 7.0.0)" 2>"$work/said" && fail "an older one was taken"
done_

doing "what its starts cost: ten of each"
timed() { local from; from="$(date +%s.%N)"; for _ in 1 2 3 4 5 6 7 8 9 10; do bare "$@" --version >/dev/null; done; echo "scale=3; ($(date +%s.%N) - $from) / 10" | bc; }
through="$(timed "$base/triage")"
plain="$(timed "$work/program/triage")"
done_ "$through s through the folder, $plain s by itself"

doing "a version that dies is given up after three starts, and 7.1.0 is used again"
triage update "$(archive 7.2.0)" >"$work/said"
for _ in 1 2 3; do triage incidents list >/dev/null 2>&1 && fail "it did not die"; done
[ "$(version)" = 7.1.0 ] || fail "it is $(version)"
triage incidents list --json 2>"$work/said" | field 'len(data)' | grep -qx 1 || fail "the incident is gone"
grep -q "Version 7.2.0 was not taken" "$work/said" || fail "nobody is told"
done_

doing "a file that is lost before the first start"
triage update "$(archive 7.2.0)" >"$work/said"
rm "$base/versions/7.2.0/_internal/base_library.zip" 2>/dev/null || rm "$base/versions/7.2.0/_internal/"*.so.* -f
[ "$(version)" = 7.1.0 ] || fail "it is $(version)"
triage incidents list 2>&1 >/dev/null | grep -q damaged || fail "nobody is told"
done_

echo "prove_update: all steps passed"
