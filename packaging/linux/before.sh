#!/bin/sh
# Packs the program as it was before the newest migration of the store, as version 0.0.9: what prove.sh upgrades from.
#
#   sh packaging/linux/before.sh TARGET [COMMIT]        leaves TARGET/triage_0.0.9_amd64.deb; takes minutes
set -eu
target="$(mkdir -p "$1" && cd "$1" && pwd)"
cd "$(dirname "$0")/../.."
root="$PWD"
commit="${2:-$(git log -1 --format=%h -- triage_app/store/migrations.py)^}"
work="$(mktemp -d)"
trap 'git worktree remove --force "$work/tree" 2>/dev/null; rm -rf "$work"' EXIT
git worktree add -q --detach "$work/tree" "$commit"
(cd "$work/tree" && PYTHONPATH="$PWD" PYINSTALLER_CONFIG_DIR="$work/cache" PYTHONHASHSEED=1 SOURCE_DATE_EPOCH=1704067200 \
    "$root/.venv/bin/python" -m PyInstaller --noconfirm --log-level ERROR --distpath "$work/dist" --workpath "$work/build" build.spec)
TRIAGE_VERSION=0.0.9 TRIAGE_XZ=0 sh packaging/linux/build.sh "$work/dist/triage" "$work"
mv "$work/triage_0.0.9_amd64.deb" "$target/"
