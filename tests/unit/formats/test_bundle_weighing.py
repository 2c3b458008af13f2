"""How large a bundle will be is told before it is written, from some of what goes in, and comes true."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import pytest

from triage_app.formats import identity
from triage_app.formats.bundle import BundleContents, limits, sealing, weighing, write_bundle
from triage_app.formats.bundle.packing import pack
from triage_app.formats.bundle.weighing import Sample, Weight, weigh

SENDER = identity.generate()
READERS = [identity.generate() for _ in range(3)]
FIELDS: dict[str, Any] = {"tlp": "TLP:GREEN", "vector": {secrets.token_hex(16): 7 for _ in range(40)}}


def line(number: int) -> bytes:
    return json.dumps({"row": number, "name": hashlib.sha256(str(number).encode()).hexdigest()}).encode()


def written(evidence: list[bytes], blobs: list[bytes], readers: int, most: int) -> Weight:
    contents = BundleContents(
        {**FIELDS, "to": [one.device for one in READERS[:readers]]}, evidence=evidence,
        blobs={hashlib.sha256(blob).hexdigest(): blob for blob in blobs},
    )  # fmt: skip
    parts = write_bundle(
        contents, signing_key=SENDER.signing_key, max_part_bytes=most,
        recipients=[sealing.recipient_of(one.age_secret) for one in READERS[:readers]],
    )  # fmt: skip
    return Weight(sum(map(len, parts)), len(parts))


def weighed(kinds: list[Sample], blobs: list[bytes], readers: int, most: int) -> Weight:
    fields = {**FIELDS, "to": [one.device for one in READERS[:readers]]}
    sizes = [pack("x", blob).entry.packed_size for blob in blobs]
    return weigh(fields, kinds, sizes, recipients=readers, max_part_bytes=most)


@pytest.mark.parametrize(
    ("rows", "blobs", "readers", "most"),
    [
        (0, [], 1, limits.PART_BYTES),
        (0, [], 3, limits.PART_BYTES),
        (1, [], 1, limits.PART_BYTES),
        (400, [], 1, limits.PART_BYTES),
        (4_000, [900, 90_000], 2, limits.PART_BYTES),
        (4_000, [], 1, 64 * 1024),
        (0, [20_000] * 6, 1, 64 * 1024),
        (2_000, [3_000] * 20, 3, 64 * 1024),
    ],
)
def test_a_bundle_weighs_what_it_was_said_to(rows: int, blobs: list[int], readers: int, most: int) -> None:
    evidence = [line(number) for number in range(rows)]
    content = [secrets.token_bytes(size) for size in blobs]
    said = weighed([Sample(evidence)], content, readers, most)
    done = written(evidence, content, readers, most)
    assert said.parts == done.parts
    assert 0.99 * done.bytes < said.bytes < 1.02 * done.bytes + 400 * done.parts + 350


@pytest.mark.parametrize("most", [limits.PART_BYTES, 64 * 1024])
def test_a_tenth_of_the_lines_stands_for_all_of_them(most: int) -> None:
    evidence = [line(number) for number in range(4_000)]
    said = weighed([Sample(evidence[::10], 10.0)], [], 1, most)
    done = written(evidence, [], 1, most)
    assert said.parts == pytest.approx(done.parts, abs=1)
    assert said.bytes == pytest.approx(done.bytes, rel=0.06)


def test_kinds_without_lines_weigh_nothing_and_kinds_add_up() -> None:
    evidence = [line(number) for number in range(500)]
    alone = weighed([Sample(evidence)], [], 1, limits.PART_BYTES)
    assert weighed([Sample([]), Sample(evidence), Sample([], 5.0)], [], 1, limits.PART_BYTES) == alone
    nothing = weighed([], [], 1, limits.PART_BYTES).bytes
    both = weighed([Sample(evidence), Sample(evidence)], [], 1, limits.PART_BYTES).bytes
    assert both - nothing == pytest.approx(2 * (alone.bytes - nothing), abs=64)


def test_many_short_lines_make_more_entries_than_their_bytes_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WRITE_LINES", 1_000)
    evidence = [b"1"] * 950
    few = weighed([Sample(evidence[:100])], [], 1, limits.PART_BYTES).bytes
    many = weighed([Sample(evidence)], [], 1, limits.PART_BYTES).bytes
    assert many - few == pytest.approx(9 * weighing._ENTRY, abs=64)
    assert weighed([Sample(evidence[:95], 10.0)], [], 1, limits.PART_BYTES).bytes == pytest.approx(many, abs=128)
