#!/bin/sh
# The bill of materials of what ships: sh packaging/sbom/make.sh OUT
# What writes it is installed, by hash, into dist/sbom-tools; it is no part of the program or of its lock.
set -eu
cd "$(dirname "$0")/../.."
out="${1:-dist/installers/triage.cdx.json}"
tools=dist/sbom-tools
wanted="$(cksum <packaging/sbom/requirements.txt)"
if [ "$(cat "$tools/stamp" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$tools"
    .venv/bin/python -m venv "$tools"
    "$tools/bin/python" -m pip install -qq --disable-pip-version-check --no-input --only-binary :all: \
        --require-hashes -r packaging/sbom/requirements.txt </dev/null
    printf '%s' "$wanted" >"$tools/stamp"
fi
exec "$tools/bin/python" packaging/sbom/bill.py "$out"
