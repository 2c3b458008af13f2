"""The fuzz target of the bundle reader: what lies under the seal, and the seal's own header.

    python -m fuzz.bundle_target [libFuzzer options] [corpus …]

The seal is left out, as no fuzzer gets past age: the reader is given the archive itself. An input is read in one of
four ways, by its first byte: as an archive; as the files of an archive that is packed and signed properly around them,
so that what lies behind the signature is reached; as a line of a block of evidence, or of what proves blocks; as the
head of a sealed file. A finding is any exception but ``BadBundle`` and ``BadFile`` (of a line: but those that whoever
reads lines refuses them by), a refusal that is no sentence, an archive that is taken and is not what was signed, or a
row of a block that is taken and is not what its id says.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final
from unittest import mock

import atheris

with atheris.instrument_imports(
    include=["triage_app.formats.bundle", "triage_app.domain.canonical", "triage_app.domain.evidence_blocks"]
):
    from triage_app.domain import evidence_blocks
    from triage_app.domain.canonical import canonical
    from triage_app.domain.evidence import COLUMNS, Layout, evidence_id, restore
    from triage_app.domain.evidence_blocks import VALUES, Reader
    from triage_app.domain.merkle import block_root
    from triage_app.domain.operations import Body, Link, body_hash
    from triage_app.domain.words import device_id
    from triage_app.errors import BadBundle, BadFile
    from triage_app.formats.bundle import BundleContents, packing, read_bundle, reading, sealing, write_bundle
    from triage_app.formats.bundle.contents import FIRST_FORMAT, FORMAT, MANIFEST, SIGNATURE
    from triage_app.formats.bundle.writing import SIGNED

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER: Final = KEY.public_key().public_bytes_raw().hex()
SENDER: Final = device_id(bytes.fromhex(SIGNER))
ME: Final = "0123456789abcdef" * 2
NAMES: Final = (
    "links/000000.ndjson", "bodies/000000.ndjson", "evidence/000000.ndjson", "keys.json", "blobs/" + "0" * 64,
    "links/000001.ndjson", "../../etc/passwd", "ops/000000.ndjson", "blocks/000000.ndjson", "trees/000000.ndjson",
)  # fmt: skip
"Files of an archive, some of which no bundle has."

_unseal = sealing.unseal


class Finding(Exception):
    """Something that must never be."""


_REFUSED: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"By what a line is refused (store/incoming_blocks)."


def seed_lines() -> tuple[bytes, bytes]:
    """Return a block of two rows of which one travels, and what proves it."""
    layout = Layout("csv", "Ward", {"title": ("Title",)}, ("Title", "Other"), ())
    rows = []
    for number in range(2):
        row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
        row |= {"title": f"Beacon {number}", "key": "0" * 32, "rest": "{}", "kind": 0, "severity": 9, "score": None}
        row |= {"seen_at": 1_000, "until_at": None}
        row["evidence_id"] = evidence_id(layout.format, restore(layout, row, {}))
        rows.append(row)
    ids = [bytes.fromhex(row["evidence_id"]) for row in rows]
    tails = evidence_blocks.tails([(row["score"], [row[name] for name in VALUES]) for row in rows])
    readings = b"".join(evidence_blocks.digests(ids, layout.as_json(), tails))
    line = evidence_blocks.line("e" * 32, 0, b"".join(ids), layout.as_json(), readings, [(1, tails[1])])
    return line, evidence_blocks.tree_line("e" * 32, 2, block_root(b"".join(ids)), block_root(readings))


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
        BundleContents({"to": [ME]}, blocks=seed_lines()[:1], trees=seed_lines()[1:]),
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
    elif way < b"\x98":
        _behind_the_signature(rest)
    elif way < b"\xc0":
        _line(rest)
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
        "format": provider.PickValueInList([FORMAT, FORMAT, FIRST_FORMAT, FORMAT, FORMAT + 1, 0]),
        "signer": SIGNER, "from": SENDER,
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


def _line(data: bytes) -> None:
    try:
        tree = evidence_blocks.read_tree(data)
    except _REFUSED:
        pass
    else:
        tree.has_rows(0, tree.rows)
    try:
        block = Reader().read(data)
    except _REFUSED:
        return
    layout = Layout.from_json(block.layout)
    for row in block.rows:
        columns = dict(zip(VALUES, row.values, strict=True))
        record = restore(layout, columns, json.loads(columns["rest"]))
        if evidence_id(layout.format, record) != row.evidence_id.hex():
            raise Finding("a row was taken that is not what its id says")


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
    return (
        canonical(opened.manifest), opened.links, opened.bodies, opened.evidence, opened.keys, opened.blobs,
        opened.blocks, opened.trees,
    )  # fmt: skip


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
        for number, line in enumerate(seed_lines()):
            (folder / f"line-{number}").write_bytes(b"\xa0" + line)
        (folder / "head").write_bytes(b"\xff" + sealing.MAGIC + b"-> X25519 " + b"a" * 43 + b"\n" + b"b" * 43 + b"\n")
        return
    reading.sealing.unseal = lambda data, *_: (data, False)  # type: ignore[attr-defined]
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
