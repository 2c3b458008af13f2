#!/bin/sh
# Builds every installer that this machine can, into dist/installers. `make installers` runs it, over a new dist/triage.
set -eu
cd "$(dirname "$0")/.."
mkdir -p dist/installers
[ "$(uname -sm)" != "Linux x86_64" ] || sh packaging/linux/build.sh dist/triage dist/installers
[ ! -f packaging/windows/build.sh ] || sh packaging/windows/build.sh
[ ! -f packaging/release.sh ] || sh packaging/release.sh
ls -l dist/installers
