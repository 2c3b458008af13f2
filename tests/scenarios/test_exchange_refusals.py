"""What is tampered with, foreign or unsigned is refused with a sentence, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.exchange_group import Group, device, made, refs, state, trust
from tests.scenarios.laptop import PASSPHRASE, Laptop, clock
from triage_app.domain.canonical import canonical
from triage_app.formats import bundle as bundles
from triage_app.formats import identity as identities
from triage_app.formats.bundle import BundleContents, packing, sealing
from triage_app.services import session as sessions

Watch = Callable[[Laptop], None]


def everything(laptop: Laptop) -> dict[str, Any]:
    """Return the full content of a store, table by table, but for when it was last unlocked."""
    reading = sessions.unlock(laptop.profile, PASSPHRASE, clock, read_only=True)
    try:
        rows = reading.store.rows
        names = [row[0] for row in rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {name: sorted(rows(f'SELECT * FROM "{name}"'), key=repr) for name in names}
        return {**found, "setting": [row for row in found["setting"] if row[0] != "slot-used"]}
    finally:
        reading.close()


@pytest.fixture
def unchanged() -> Iterator[Watch]:
    """Say which laptops must hold at the end exactly what they held when they were named."""
    watched: list[tuple[Laptop, str, dict[str, Any]]] = []
    yield lambda laptop: watched.append((laptop, state(laptop), everything(laptop)))
    assert watched
    for laptop, hashed, content in watched:
        now = everything(laptop)
        assert {name for name in content if content[name] != now.get(name)} == set()
        assert now.keys() == content.keys()
        assert state(laptop) == hashed


def forged(sender: Laptop, receiver: Laptop, name: str, contents: BundleContents) -> Path:
    """Write a bundle with the sender's own keys that its program would not write."""
    path = sender.folder / name
    public = identities.PublicIdentity.from_bytes((receiver.folder / "identity.json").read_bytes())
    with sender.session() as session:
        bundles.write_bundle_files(contents, path, signing_key=session.identity.signing_key, recipients=[public.age])
    return path


def test_a_tampered_or_cut_bundle_is_refused_and_changes_nothing(
    busy: tuple[Group, str, str], unchanged: Watch
) -> None:
    group, _, _ = busy
    data = Path(group.send(group.asha, group.ben, "whole.ctb")["paths"][0]).read_bytes()
    unchanged(group.ben)
    lines = [f"merge {group.ben.write('longer', data + bytes(1))}"]
    for place in range(0, len(data), max(len(data) // 40, 1)):
        flipped = bytearray(data)
        flipped[place] ^= 0x20
        lines.append(f"merge {group.ben.write(f'flip-{place}', bytes(flipped))}")
        lines.append(f"merge {group.ben.write(f'cut-{place}', data[:place])}")
    answers = group.ben.batch(*lines, code=2, words=("--keep-going",))
    assert len(answers) == len(lines)
    for answer in answers:
        assert set(answer) == {"what", "do", "code"}, answer
        assert answer["code"] in ("bad-bundle", "bad-file", "not-for-this-device"), answer


def test_one_bad_file_among_good_ones_leaves_all_of_them_out(busy: tuple[Group, str, str], unchanged: Watch) -> None:
    group, _, _ = busy
    good = group.send(group.asha, group.ben, "whole.ctb")["paths"][0]
    data = bytearray(Path(good).read_bytes())
    data[-9] ^= 1
    unchanged(group.ben)
    group.ben.refused("merge", good, str(group.ben.write("bad.ctb", bytes(data))))


def test_a_file_that_is_no_bundle_is_refused(group: Group, unchanged: Watch) -> None:
    unchanged(group.ben)
    for name, content in (("empty", b""), ("text", b"minutes of the meeting\n"), ("zip", b"PK\3\4" + bytes(60))):
        group.ben.refused("merge", str(group.ben.write(name, content)))
    group.ben.refused("merge", str(group.ben.folder / "not-there.ctb"))
    group.ben.refused("merge", str(group.ben.folder))


def test_a_bundle_for_somebody_else_is_refused(busy: tuple[Group, str, str], unchanged: Watch) -> None:
    group, _, _ = busy
    path = group.send(group.asha, group.ben, "ben.ctb")["paths"][0]
    unchanged(group.carys)
    assert group.carys.refused("merge", path)["code"] == "not-for-this-device"


def test_an_unsigned_bundle_is_refused(group: Group, unchanged: Watch) -> None:
    public = identities.PublicIdentity.from_bytes((group.ben.folder / "identity.json").read_bytes())
    manifest = packing.pack("manifest.json", canonical({"format": 1}))
    unchanged(group.ben)
    path = group.ben.write("unsigned.ctb", sealing.seal(packing.archive([manifest]), [public.age]))
    assert "not signed" in group.ben.refused("merge", str(path))["what"]


def test_a_stranger_is_refused_until_trusted_and_what_he_wrote_waits_elsewhere(group: Group, tmp_path: Path) -> None:
    stranger = made(tmp_path / "stranger", "RQQ", "Nobody Known")
    trust(stranger, group.ben)
    ref = stranger.ask("incident", "new", "--title", "From outside")["ref"]
    stranger.ask("incident", "classify", ref, "--tlp", "GREEN")
    path = group.send(stranger, group.ben, "strange.ctb")["paths"][0]
    before = everything(group.ben)
    assert group.ben.refused("merge", path)["code"] == "untrusted"
    assert group.ben.ask("inspect", path)["trusted"] is False
    kept = group.ben.ask("pending", "list")
    assert [(item["reason"], item["files"], item["organisation"]) for item in kept] == [("kept-aside", 1, "RQQ")]
    assert group.ben.refused("merge", path)["code"] == "untrusted"
    assert group.ben.ask("pending", "list") == kept
    assert {**everything(group.ben), "quarantine": []} == {**before, "quarantine": []}
    assert group.ben.refused("pending", "release", kept[0]["ref"])["code"] == "untrusted"
    trust(group.ben, stranger)
    assert group.ben.ask("pending", "release", kept[0]["ref"])["merged"]["pending"] == 0
    assert group.ben.ask("pending", "list") == []
    assert list((group.ben.folder / "profile" / "quarantine").iterdir()) == []
    assert group.ben.ask("merge", path)["applied"] == 0
    assert refs(group.ben) == {ref}
    # Carys does not know the stranger: what he wrote waits there, and is released by trusting him.
    unknown = group.pass_on(group.ben, group.carys, "on.ctb")
    assert unknown["pending"] > 0
    assert {item["reason"] for item in group.carys.ask("pending", "list")} == {"unknown-device"}
    assert refs(group.carys) == set()
    state(group.carys)
    trust(group.carys, stranger)
    assert group.carys.ask("pending", "list") == []
    assert refs(group.carys) == {ref}
    state(group.carys)


def test_exercise_and_live_stores_never_exchange(group: Group, tmp_path: Path, unchanged: Watch) -> None:
    exercise = made(tmp_path / "exercise", "RXX", "Asha Rahman", "--exercise")
    unchanged(group.ben)
    assert "exercise" in group.ben.refused("device", "trust", str(exercise.folder / "identity.json"))["what"]
    assert "exercise" in exercise.refused("device", "trust", str(group.ben.folder / "identity.json"))["what"]
    # Nor does it help to say "exercise" with the keys of a live one.
    path = forged(group.asha, group.ben, "drill.ctb", BundleContents({"to": [device(group.ben)], "exercise": True}))
    assert "exercise" in group.ben.refused("merge", str(path))["what"]


@pytest.mark.parametrize(
    "fields",
    [
        {"vector": {"x": -1}, "lacks": [], "imports": 7, "checkpoints": {"a": 1}, "identities": "none", "sender": 3},
        {"vector": [1], "lacks": {"x": "y"}, "imports": {"x": [1]}, "checkpoints": [[1, 2]], "identities": [1, "{}"]},
        {"checkpoints": [["journal", "0" * 32, 1, "0" * 64, "zz"], ["journal", "0" * 32, 2**62, "", ""]]},
    ],
)
def test_nonsense_in_a_signed_bundle_is_passed_over(group: Group, fields: dict[str, Any]) -> None:
    contents = BundleContents(
        {"to": [device(group.ben)], **fields},
        links=[b"{}", b'{"body":1}', b"\xff"],
        bodies=[("0" * 64, b"nothing")],
        evidence=[b"{}", b"[]", b"1", b'{"id":"x","layout":"{}","columns":{},"rest":"{}","imports":[]}'],
        keys=b'{"person":"key","other":["zz"],"third":[1]}',
    )
    before = state(group.ben)
    done = group.ben.ask("merge", str(forged(group.asha, group.ben, "odd.ctb", contents)))
    assert (done["applied"], done["refused"]) == (0, 7)
    assert state(group.ben) == before
    assert group.pass_on(group.asha, group.ben, "real.ctb")["applied"] > 0
    group.pass_on(group.ben, group.asha, "back.ctb")
