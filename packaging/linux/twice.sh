#!/bin/sh
# Builds folder and packages twice and compares every byte: sh packaging/linux/twice.sh [OUT]
#
# The second time from another folder, as of another day, in another language and time zone, with other rights for new
# files and another order in which files were made. Ends with 1 where something differs, and says what. It builds what
# is committed; takes several minutes. The first pair of packages is left in OUT, where one is named.
set -eu
cd "$(dirname "$0")/../.."
root="$PWD"
work="$(mktemp -d)"
ended() {
    for tree in one "two trees"; do git worktree remove --force "$work/$tree" 2>/dev/null || true; done
    rm -rf "$work"
}
trap ended EXIT
trap 'exit 1' INT TERM
commit="$(git rev-parse HEAD)"
epoch=1704067200

built() { # FOLDER NAME
    git worktree add -q --detach "$work/$1" "$commit"
    ln -s "$root/.venv" "$work/$1/.venv"
    (cd "$work/$1" && PYTHONPATH="$PWD" PYINSTALLER_CONFIG_DIR="$work/cache-$2" PYTHONHASHSEED=1 SOURCE_DATE_EPOCH="$epoch" \
        .venv/bin/python -m PyInstaller --noconfirm --clean --log-level ERROR build.spec)
    (cd "$work/$1" && SOURCE_DATE_EPOCH="$epoch" sh packaging/linux/build.sh dist/triage dist/installers)
    (cd "$work/$1/dist" && find . \( -type f -exec sha256sum {} + \) -o \( -type l -printf '%l  %p\n' \) | LC_ALL=C sort -k 2) >"$work/$2.sums"
}
(umask 022 && built one first)
(umask 077 && export TZ=Pacific/Auckland LC_ALL=C LANG=C && built "two trees" second)
[ -z "${1:-}" ] || { mkdir -p "$1" && cp "$work/one/dist/installers"/* "$1/"; }
if diff "$work/first.sums" "$work/second.sums"; then
    echo "twice: the same bytes, in $(wc -l <"$work/first.sums") files"
else
    echo "twice: these differ" >&2
    exit 1
fi
