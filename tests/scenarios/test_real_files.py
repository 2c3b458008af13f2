"""Files as real sources send them, where they lie beside the repository: every one is named, read whole, and once.

``tests/data/real_files.json`` says what each is and holds (format, records, rejected); what is rejected or refused has
its reason in ``EXPLAINED``. Where the files are not at hand there is nothing to test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.laptop import ROOT, Laptop
from tests.unit.formats.reading_support import read_bytes
from triage_app.errors import BadFile

DATA: Final = ROOT.parent / "shared" / "data"
KNOWN: Final = json.loads((Path(__file__).parents[1] / "data" / "real_files.json").read_text("utf-8"))
FILES: Final = sorted(path for path in DATA.rglob("*") if path.is_file() and path != DATA / "README.md")

EXPLAINED: Final = {
    "covid19-iocs/hashes.txt": "the line is no indicator",  # six ssdeep hashes cut off after their block size
    "leef/panos_templates.log": "a template, not an event",
    "nhs-cyber-alerts/cms_wannatest.yaml": "looks like a YAML file",  # the website's own document, no answer of its API
    "threat-models/otm/otm_schema.json": "JSON schema",
    "threat-models/threat-dragon/v2-malformed-new-model.json": "its summary has no title",
}
"""What of the real files cannot be taken, and the words in which the responder is told."""


def named(path: Path) -> str:
    return str(path.relative_to(DATA)).replace("\\", "/")


def one_of_each() -> list[Path]:
    """Return a file of every format, the smallest: what a whole import of it costs is the same."""
    found: dict[str, Path] = {}
    for path in sorted(FILES, key=lambda each: each.stat().st_size):
        format_name, records, _ = KNOWN.get(named(path), ("", 0, 0))
        if records:
            found.setdefault(format_name, path)
    return sorted(found.values())


if FILES:

    def test_every_real_file_is_named_and_nothing_of_it_is_rejected_without_a_reason(
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        table, wrong = [], []
        for path in FILES:
            name = named(path)
            try:
                read = read_bytes(path.read_bytes(), name=path.name)
            except BadFile as refused:
                found, reasons = ["refused", 0, 0], [refused.what]
            else:
                assert read.begin is not None
                found = [read.begin.format, len(read.rows), len(read.rejects)]
                reasons = [reject.reason for reject in read.rejects]
            table.append(f"{name:72} {found[0]:26} {found[1]:>7,} records {found[2]:>4} rejected")
            said = EXPLAINED.get(name)
            if found != KNOWN.get(name) or any(said is None or said not in reason for reason in reasons):
                wrong.append((name, found, KNOWN.get(name), reasons[:1]))
        with capsys.disabled():
            print("", *table, sep="\n")
        assert wrong == []
        assert {named(path) for path in FILES} == set(KNOWN)

    def test_a_file_of_every_format_is_imported_once_and_adds_nothing_the_second_time(
        laptop: Laptop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        files = one_of_each()
        first = laptop.take(*files)
        again = laptop.take(*files)
        table = [
            f"{named(path):60} {one['format']:26} {one['new']:>5} new {one['repeats']:>5} repeats"
            f" {one['rejected']:>3} rejected"
            for path, one in zip(files, first, strict=True)
        ]
        with capsys.disabled():
            print("", *table, sep="\n")
        for path, one, two in zip(files, first, again, strict=True):
            assert one["format"] == KNOWN[named(path)][0]
            assert one["records"] == KNOWN[named(path)][1] + KNOWN[named(path)][2]
            assert (two["new"], two["records"]) == (0, one["records"])
        assert laptop.verified()["ok"]
        lists = ("alerts", "indicators", "advisories", "findings", "vulnerabilities", "endpoints", "bodies", "threats")
        held = {noun: len(laptop.ask(noun, "list")) for noun in lists}
        assert all(held.values()), held
        assert sum(held.values()) == sum(one["new"] for one in first)
