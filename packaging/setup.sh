#!/bin/sh
# Prepares .venv and the system libraries that Qt needs. `make setup` runs this; every other make
# target does too, so it must be quick when nothing is left to do.
#
#   sh packaging/setup.sh           for running and testing
#   sh packaging/setup.sh bench     also what only the benchmarks need
#   sh packaging/setup.sh packages  also what packs for Linux
#   sh packaging/setup.sh tests     also a display nobody sees, for the tests that want one; they are left out without
#
# As root, missing system packages are installed; otherwise one line says which command installs them.
set -eu
cd "$(dirname "$0")/.."
purpose="${1:-}"

say() { printf '%s\n' "setup: $*" >&2; }
stop() { say "$*"; exit 1; }

# ---- system libraries: "what is looked for:Debian package" -------------------------------------------------
NEEDED="libEGL.so.1:libegl1 libGL.so.1:libgl1 libfontconfig.so.1:libfontconfig1 libdbus-1.so.3:libdbus-1-3
libxkbcommon.so.0:libxkbcommon0 libglib-2.0.so.0:libglib2.0-0 libX11.so.6:libx11-6"
# Only a window on a real screen needs these.
SCREEN="libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0
libxcb-icccm.so.4:libxcb-icccm4 libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1
libxcb-render-util.so.0:libxcb-render-util0 libxcb-shape.so.0:libxcb-shape0 libxcb-xkb.so.1:libxcb-xkb1"

missing_libraries() {
    for pair in $1; do
        case "$loadable" in *"${pair%%:*} "*) ;; *) printf ' %s' "${pair##*:}" ;; esac
    done
}

has() { command -v "$1" >/dev/null 2>&1; }

install_packages() { # PACKAGE…: as root on Debian or Ubuntu; 1 where that cannot be done
    [ "$(id -u)" = 0 ] && has apt-get || return 1
    say "installing$(printf ' %s' "$@")"
    export DEBIAN_FRONTEND=noninteractive
    if [ -z "${updated:-}" ]; then
        apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null </dev/null || say "apt-get update failed; trying on"
        updated=yes
    fi
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null </dev/null ||
        stop "apt-get could not install:$(printf ' %s' "$@")"
}

by_hand() { # PACKAGE…: the command to run, for those who are not root
    if has apt-get; then
        echo "sudo apt-get install -y --no-install-recommends $*"
    else
        echo "your package manager's install command for what Debian calls: $*"
    fi
}

# ---- Python -----------------------------------------------------------------------------------------------
suits() { # COMMAND: is it a Python we have locked wheels for?
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null </dev/null
}

find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        if suits "$name"; then command -v "$name"; return; fi
    done
    stop "Python 3.11, 3.12 or 3.13 is needed; on Debian 12 run: apt-get install python3"
}

python_packages() { # COMMAND: what Debian keeps apart from its python3: venv, and the library PyInstaller bundles
    version="$("$1" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"
    "$1" -c 'import venv, ensurepip' 2>/dev/null || printf ' %s' "$version-venv"
    case "$(readlink -f "$(command -v "$1")")" in
        /usr/bin/*) [ ! -d /etc/dpkg ] || missing_libraries "lib$version.so.1.0:lib$version" ;;
    esac
}

usable() { suits .venv/bin/python && .venv/bin/python -c 'import pip' 2>/dev/null; }

system_packages() {
    loadable="$( (PATH="$PATH:/sbin:/usr/sbin"; ldconfig -p) 2>/dev/null || true)"
    needed="$(missing_libraries "$NEEDED")"
    screen="$(missing_libraries "$SCREEN")"
    [ -n "$(find -L /usr/share/fonts -name '*.[to]tf' 2>/dev/null | head -n 1)" ] || needed="$needed fonts-dejavu-core"
    has objdump || needed="$needed binutils" # PyInstaller reads libraries with it
    [ "$purpose" != bench ] || has sqlite3 || needed="$needed sqlite3"
    if [ "$purpose" = packages ]; then
        for pair in dpkg-deb:dpkg dpkg-shlibdeps:dpkg-dev xz:xz-utils; do
            has "${pair%%:*}" || needed="$needed ${pair##*:}"
        done
    fi
    if [ ! -x .venv/bin/python ]; then
        python="$(find_python)"
        needed="$needed$(python_packages "$python")"
    fi
    # shellcheck disable=SC2086 # one package a word
    if [ -n "$needed$screen" ] && ! install_packages $needed $screen; then
        [ -z "$needed" ] || stop "system packages are missing; run: $(by_hand $needed $screen)"
        say "a window on the screen will need more libraries; run: $(by_hand $screen)"
    fi
}

virtual_environment() {
    if ! usable; then
        python="$(find_python)"
        say "making .venv with $("$python" --version) (a few minutes the first time)"
        "$python" -m venv --clear .venv
    fi
    # Wheels only: building from source would fetch and run what the lock does not cover.
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-virtualenv \
        --only-binary :all: --require-hashes -r requirements-dev.txt </dev/null
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-virtualenv \
        --no-deps --no-build-isolation --no-index -e . </dev/null
}

# The reader process never writes bytecode, since it may write nothing: without this it would compile a hundred
# modules at every start. An installed program has its bytecode with it.
compile() { .venv/bin/python -m compileall -q triage_app || say "a read-only folder: the program starts slower"; }

# ---- a display for the tests that press keys on a real one --------------------------------------------------
# The accessibility bus is read by the system's own Python: no wheel holds what that needs.
missing_display() {
    for pair in Xvfb:xvfb openbox:openbox xdotool:xdotool dbus-daemon:dbus-daemon; do
        has "${pair%%:*}" || printf ' %s' "${pair##*:}"
    done
    [ -x /usr/libexec/at-spi2-registryd ] || printf ' at-spi2-core'
    /usr/bin/python3 -c 'import gi; gi.require_version("Atspi", "2.0")' 2>/dev/null </dev/null ||
        printf ' python3-gi gir1.2-atspi-2.0'
}

display() { # tried once: a machine without a package source must not wait for it at every test
    wanted="$(missing_display)"
    [ -n "$wanted" ] && [ ! -e .venv/display-tried ] || return 0
    : >.venv/display-tried
    # shellcheck disable=SC2086 # one package a word
    (install_packages $wanted) || say "the tests on a display are left out; they need: $(by_hand $wanted)"
}

# ---- the work ---------------------------------------------------------------------------------------------
wanted_state() { # changes when anything that setup depends on does
    { pwd; cat requirements-dev.txt pyproject.toml packaging/setup.sh triage_app/__init__.py; } | cksum
}
finish() { [ "$purpose" != tests ] || display; compile; }
ready() { [ -x .venv/bin/triage ] && [ "$(cat .venv/setup-stamp 2>/dev/null)" = "$(wanted_state)" ]; }

[ "$(uname -s)" != Linux ] || system_packages
if ready; then finish; exit 0; fi
if has flock; then # two makes at once: the second waits, and then finds the work done
    exec 9>.setup-lock
    flock 9
    if ready; then finish; exit 0; fi
fi
virtual_environment
finish
wanted_state >.venv/setup-stamp
say "ready: .venv/bin/triage"
