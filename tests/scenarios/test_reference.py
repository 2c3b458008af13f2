"""A desk makes a pack of reference data, a laptop that is offline takes it off a stick: all on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.reference_packs import KEY, ZEROLOGON, kev, known_good, laid, ods, packed, public
from tests.scenarios.laptop import NOW, Laptop

DAYS = {"kev": "2026-11-20", "known_good": "2026-11-28", "ods": "2026-11-29"}
MADE = "2026-11-30T09:00:00Z"

pytestmark = pytest.mark.usefixtures("pack_key_trusted")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder of files as their publishers hand them out, and a key beside it."""
    folder = tmp_path / "desk"
    laid(folder, kev(DAYS["kev"])[1], "known_exploited_vulnerabilities.json")
    laid(folder, ods(DAYS["ods"], ("RZZ", "ZZ HOSPITALS NHS TRUST"))[1], "etr.csv")
    laid(folder, known_good(DAYS["known_good"])[1], "known_good.json")
    laid(folder, b"shopping", "notes.txt")
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    laid(tmp_path, key, "release.key")
    return folder


def make(laptop: Laptop, desk: Path, *words: str, code: int = 0) -> dict[str, object]:
    key, out = desk.parent / "release.key", desk.parent / "triage-reference-2026-11.pack"
    found = laptop.ask("--now", MADE, "reference", "make", str(desk), "--key", str(key), "--out", str(out), *words,
                       code=code)  # fmt: skip
    return dict(found)


def ages(laptop: Laptop) -> dict[str, tuple[str, str | None]]:
    return {one["id"]: (one["from"], one["as_of"]) for one in laptop.ask("reference", "list")}


def test_a_pack_is_made_inspected_added_looked_up_and_removed(laptop: Laptop, desk: Path) -> None:
    made = make(laptop, desk, "--as-of", f"ods={DAYS['ods']}")
    assert sorted(made["sets"]) == sorted(DAYS)  # type: ignore[call-overload]
    assert (made["left"], made["signed_by"]) == (["notes.txt"], public())
    path = str(made["path"])
    seen = laptop.ask("reference", "inspect", path)
    assert {one["id"]: (one["as_of"], one["verdict"]) for one in seen["sets"]} == {
        code: (day, "newer") for code, day in DAYS.items()
    }
    assert ages(laptop)["kev"] == ("nothing", None)
    assert laptop.ask("reference", "add", path)["id"] == seen["id"]
    for code, day in DAYS.items():
        assert ages(laptop)[code] == ("pack", day)
    assert laptop.ask("reference", "find", ZEROLOGON)["set"]["as_of"] == DAYS["kev"]
    assert laptop.ask("reference", "find", "rzz")["what"] == "Zz Hospitals NHS Trust. England."
    laptop.refused("reference", "add", path)
    assert laptop.ask("reference", "remove", "kev")["from"] == "nothing"
    laptop.refused("reference", "remove", "kev")
    assert [one["what"] for one in laptop.ask("access", "list")] == ["reference", "reference"]
    assert laptop.verified()["ok"]


def test_making_twice_makes_the_same_bytes(laptop: Laptop, desk: Path) -> None:
    words = ("--as-of", f"ods={DAYS['ods']}")
    first = Path(str(make(laptop, desk, *words)["path"])).read_bytes()
    assert Path(str(make(laptop, desk, *words)["path"])).read_bytes() == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "does not say of which day"), (("--as-of", "ods=29/11/2026"), "no set with its day"),
        (("--as-of", "ods=2026-12-24"), "after today"),
        (("--as-of", "ods=2026-11-29", "--as-of", "kev=2026-11-01"), "says that it is of"),
    ],
)  # fmt: skip
def test_a_day_that_is_missing_or_cannot_be_is_asked_for(
    laptop: Laptop, desk: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in str(make(laptop, desk, *words, code=2)["what"])
    assert not (desk.parent / "triage-reference-2026-11.pack").exists()


def test_what_could_not_be_taken_is_not_packed(laptop: Laptop, desk: Path) -> None:
    (desk / "etr.csv").unlink()
    good = (desk / "known_good.json").read_bytes()
    for name, data in (("known_good.json", b"{}"), ("known_exploited_vulnerabilities.json", b"[]")):
        kept = (desk / name).read_bytes()
        (desk / name).write_bytes(data)
        assert name in str(make(laptop, desk, code=2)["what"])
        (desk / name).write_bytes(kept)
    (desk / "kev.json").write_bytes(kev()[1])
    assert "Two files" in str(make(laptop, desk, code=2)["what"])
    (desk.parent / "release.key").write_bytes(good)
    assert "no Ed25519 key" in str(make(laptop, desk, code=2)["what"])


def test_a_folder_without_a_set_and_one_that_is_not_there_are_refused(laptop: Laptop, desk: Path) -> None:
    for one in desk.iterdir():
        one.unlink()
    assert "No file in" in str(make(laptop, desk, code=2)["what"])
    desk.rmdir()
    assert "no folder" in str(make(laptop, desk, code=2)["what"])


def test_the_list_says_in_words_what_is_old_and_that_no_key_is_trusted(
    laptop: Laptop, pack_key_trusted: pytest.MonkeyPatch
) -> None:
    path = laid(laptop.folder, packed(kev("2025-08-25"), made="2025-09-01"))
    laptop.ask("reference", "add", str(path))
    told = laptop.run("--now", NOW, "reference", "list")
    assert told.code == 0
    assert "14 months old, past its time" in told.out
    pack_key_trusted.undo()
    told = laptop.run("reference", "list")
    assert told.code == 1
    assert "trusts no release key yet" in told.err
    assert "not held" in told.out
    json.dumps(laptop.refused("reference", "inspect", str(path)))
