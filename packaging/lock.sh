#!/bin/sh
# Rewrites requirements.txt, requirements-dev.txt and packaging/sbom/requirements.txt from their .in files, with the hash of every
# file of each release and without the address of any package index or folder. `make lock` runs this.
set -eu
cd "$(dirname "$0")/.."
export CUSTOM_COMPILE_COMMAND="make lock"
for name in requirements requirements-dev packaging/sbom/requirements; do
    .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
        --output-file "$name.txt" "$name.in" "$@"
done
if grep -nE '://|--(extra-)?index|--find-links|--trusted-host|file:/|^[^ ]* @ ' requirements.txt requirements-dev.txt packaging/sbom/requirements.txt; then
    echo "lock: an address got into the files above; remove it before committing." >&2
    exit 1
fi
