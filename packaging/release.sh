#!/bin/sh
# Writes the bill of materials, SHA256SUMS and its signature beside the installers: sh packaging/release.sh [FOLDER]
# TRIAGE_RELEASE_KEY names the file of the Ed25519 release key (PEM). Without it nothing is signed.
set -eu
cd "$(dirname "$0")/.."
out="${1:-dist/installers}"
say() { printf '%s\n' "release: $*" >&2; }
[ -d "$out" ] || { say "there is no folder $out; make the installers first"; exit 1; }
rm -f "$out/SHA256SUMS" "$out/SHA256SUMS.sig"
[ -n "${TRIAGE_RELEASE_WITHOUT_BILL:-}" ] || sh packaging/sbom/make.sh "$out/triage.cdx.json"
sums="$(cd "$out" && find . -maxdepth 1 -type f ! -name '.*' | sed 's|^\./||' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 -r sha256sum)"
[ -n "$sums" ] || { say "there is nothing in $out"; exit 1; }
printf '%s\n' "$sums" >"$out/SHA256SUMS"
if [ -z "${TRIAGE_RELEASE_KEY:-}" ]; then
    say "TRIAGE_RELEASE_KEY names no key: the sums are written, and NOT signed"
    exit 0
fi
openssl pkeyutl -sign -rawin -inkey "$TRIAGE_RELEASE_KEY" -in "$out/SHA256SUMS" -out "$out/SHA256SUMS.sig.new"
mv "$out/SHA256SUMS.sig.new" "$out/SHA256SUMS.sig"
say "signed"
