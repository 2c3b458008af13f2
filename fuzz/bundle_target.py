"""The fuzz target of the bundle reader: what lies under the seal, and the seal's own header.

    python -m fuzz.bundle_target [libFuzzer options] [corpus …]

The seal is left out, as no fuzzer gets past age: the reader is given the archive itself. An input is read in one of
three ways, by its first byte: as an archive; as the files of an archive that is packed and signed properly around them,
so that what lies behind the signature is reached; as the head of a sealed file. A finding is any exception but
``BadBundle`` and ``BadFile``, a refusal that is no sentence, or an archive that is taken and is not what was signed.
"""

from __future__ import annotations

import functools
import hashlib
import sys
from pathlib import Path
from typing import Any, Final
from unittest import mock

import atheris

with atheris.instrument_imports(include=["triage_app.formats.bundle", "triage_app.domain.canonical"]):
    from triage_app.domain.canonical import canonical
    from triage_app.domain.operations import Body, Link, body_hash
    from triage_app.domain.words import device_id
    from triage_app.errors import BadBundle, BadFile
    from triage_app.formats.bundle import BundleContents, packing, read_bundle, reading, sealing, write_bundle
    from triage_app.formats.bundle.contents import FORMAT, MANIFEST, SIGNATURE
    from triage_app.formats.bundle.writing import SIGNED

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER: Final = KEY.public_key().public_bytes_raw().hex()
SENDER: Final = device_id(bytes.fromhex(SIGNER))
ME: Final = "0123456789abcdef" * 2
NAMES: Final = (
    "links/000000.ndjson", "bodies/000000.ndjson", "evidence/000000.ndjson", "keys.json", "blobs/" + "0" * 64,
    "links/000001.ndjson", "../../etc/passwd", "ops/000000.ndjson",
)  # fmt: skip
"Files of an archive, some of which no bundle has."

_unseal = sealing.unseal


class Finding(Exception):
    """Something that must never be."""


def seeds() -> list[bytes]:
    """Return archives that our own writer made, small and whole."""
    body = Body(
        act="a" * 16, author="b" * 16, hlc=f"{1:015d}:{0:08x}:{SENDER}", kind="campaign", entity="c" * 32, field="name",
        value="Winter", parents=(), tlp="TLP:GREEN", salt="d" * 32,
    ).to_bytes()  # fmt: skip
    link = Link(SENDER, 1, "", body_hash(body))
    blob = b"a piece of a file"
    own = sealing.new_key()
    made = []
    for contents in (
        BundleContents({"to": [ME]}),
        BundleContents({"to": [ME], "vector": {SENDER: 1}}, [link.to_bytes()], [(link.hash, body)]),
        BundleContents(
            {"to": [ME], "tlp": "TLP:GREEN"}, [link.to_bytes()], [(link.hash, body)], [b'{"id":"00"}'], b"{}",
            {hashlib.sha256(blob).hexdigest(): blob},
        ),
    ):  # fmt: skip
        with mock.patch("secrets.token_hex", lambda count: "7" * 2 * count):  # the same in every process
            (sealed,) = write_bundle(contents, signing_key=KEY, recipients=[sealing.recipient_of(own)])
        made.append(_unseal(sealed, [own])[0])
    return made


SIGNED_ONES: Final = tuple(seeds())
"Archives that we signed: nothing else may be taken, except what is packed otherwise and says the same."


def read(data: bytes) -> None:
    """Read an input in the way its first byte says; raise ``Finding`` or what the reader should not have raised."""
    way, rest = data[:1], data[1:]
    if way < b"\x55":
        _whole(rest)
    elif way < b"\xc0":
        _behind_the_signature(rest)
    else:
        _head(rest)


def _whole(archive: bytes) -> None:
    opened = _opened(archive)
    if opened is not None and _says(opened) not in _signed():
        raise Finding("an archive was taken that nobody signed")


def _behind_the_signature(data: bytes) -> None:
    """Pack the input's pieces as files, describe them in a manifest, and sign that."""
    provider = atheris.FuzzedDataProvider(data)
    files: dict[str, bytes] = {}
    for _ in range(provider.ConsumeIntInRange(0, 4)):
        name = provider.PickValueInList(list(NAMES))
        files[name] = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 400))
        if provider.ConsumeBool():
            files[name] += b"\n"
    manifest: dict[str, Any] = {
        "format": provider.PickValueInList([FORMAT, FORMAT, FORMAT, FORMAT + 1, 0]), "signer": SIGNER, "from": SENDER,
        "to": [ME], "bundle_id": "0" * 32, "set_id": "1" * 32,
        "part": 1, "parts": provider.PickValueInList([1, 1, 1, 2, 0]),
        "files": {name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
                  for name, content in files.items()},
    }  # fmt: skip
    odd = provider.PickValueInList(["", "", "", *manifest])
    if odd:
        manifest[odd] = provider.PickValueInList([None, "", 0, -1, [], {}, "x" * 64, ["y"], {"links": 1}, True])
    said = canonical(manifest)
    members = [packing.pack(MANIFEST, said), packing.pack(SIGNATURE, KEY.sign(SIGNED + hashlib.sha256(said).digest()))]
    members += [packing.pack(name, content) for name, content in files.items()]
    _opened(packing.archive(members))


def _head(data: bytes) -> None:
    try:
        _unseal(sealing.MAGIC[: 1 + len(data) % len(sealing.MAGIC)] + data if data[:1] < b"\x40" else data, [])
    except (BadBundle, BadFile) as refused:
        _is_sentence(refused)


def _opened(archive: bytes) -> Any:
    try:
        return read_bundle(archive, identities=[], my_device=ME)
    except (BadBundle, BadFile) as refused:
        _is_sentence(refused)
        return None


@functools.cache
def _signed() -> tuple[tuple[Any, ...], ...]:
    return tuple(_says(_opened(one)) for one in SIGNED_ONES)


def _says(opened: Any) -> tuple[Any, ...]:
    return (canonical(opened.manifest), opened.links, opened.bodies, opened.evidence, opened.keys, opened.blobs)


def _is_sentence(refused: BadBundle | BadFile) -> None:
    if not (refused.what.endswith(".") and refused.do.endswith(".")):
        raise Finding(f"no sentence: {refused}") from refused


def main() -> None:
    """Fuzz the reader; ``--seeds FOLDER`` writes the corpus to begin with instead."""
    if sys.argv[1:2] == ["--seeds"]:
        folder = Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(SIGNED_ONES):
            (folder / f"whole-{number}").write_bytes(b"\0" + one)
            (folder / f"files-{number}").write_bytes(b"\x60" + one[:300])
        (folder / "head").write_bytes(b"\xff" + sealing.MAGIC + b"-> X25519 " + b"a" * 43 + b"\n" + b"b" * 43 + b"\n")
        return
    reading.sealing.unseal = lambda data, *_: (data, False)  # type: ignore[attr-defined]
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
