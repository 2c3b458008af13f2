"""Evidence goes by the block where all of a block may go, and says nothing of a row that stays here."""

from __future__ import annotations

from tests.stores import Laptop, contents_of, table
from triage_app.services import incidents, triage

ROWS = 300


def held(laptop: Laptop) -> int:
    return int(laptop.store.value("SELECT count(*) FROM evidence_row"))


def test_a_whole_import_goes_by_the_block_and_is_attested(pair: list[Laptop]) -> None:
    a, b = pair
    table(a, [(f"r{number}", f"alert {number}") for number in range(ROWS)])
    path = a.export(b)
    assert len(contents_of(path, b).blocks) == 1
    b.merge(path)
    assert held(b) == ROWS
    b.verified()


def test_nothing_is_said_of_a_row_that_stays_here_but_what_a_proof_of_its_neighbours_must(pair: list[Laptop]) -> None:
    a, b = pair
    table(a, [(f"r{number}", f"alert {number}") for number in range(ROWS)])
    ((name, key),) = a.store.rows("SELECT evidence_id, key FROM evidence_row WHERE id = 20")
    incident = triage.promote(a.session, [bytes(key).hex()]).id
    incidents.classify(a.session, incident, label="RED")
    path = a.export(b)
    contents = contents_of(path, b)
    assert contents.blocks == []
    said = [line for line in contents.evidence if bytes(name).hex().encode() in line]
    assert len(said) < 16, "only rows beside it, whose proofs need it"
    b.merge(path)
    assert held(b) == ROWS - 1
    assert not b.store.rows("SELECT 1 FROM evidence_row WHERE evidence_id = ?", (name,))
    b.verified()
