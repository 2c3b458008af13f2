#!/bin/sh
# Builds every installer that this machine can, into dist/installers, with their sums. `make installers` runs it, over
# a new dist/triage. What lay there before is removed: the sums are those of one release. Ends with 1, and says what is
# missing, where a part could not be built; the others are there all the same.
set -eu
cd "$(dirname "$0")/.."
rm -rf dist/installers
mkdir -p dist/installers
missing=""
[ "$(uname -sm)" != "Linux x86_64" ] || sh packaging/linux/build.sh dist/triage dist/installers || missing="$missing Linux"
sh packaging/windows/build.sh || missing="$missing Windows"
sh packaging/release.sh
ls -l dist/installers
[ -z "$missing" ] || { echo "installers: not built, for the reasons above:$missing" >&2; exit 1; }
