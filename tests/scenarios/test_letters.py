"""Letters through the command line: bound to what is known, sealed, undone, exchanged, and gone with the person."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from tests.scenarios.commands import MADE
from tests.scenarios.laptop import Laptop


@pytest.fixture
def victim(laptop: Laptop) -> str:
    ref = laptop.ask("incident", "new", "--title", "Phishing at the booking desk")["ref"]
    laptop.ask("incident", "set", ref, "aware", "2026-11-21 22:10")
    laptop.ask("incident", "classify", ref, "--rsit", "fraud/phishing")
    return str(laptop.ask("victim", "add", ref, "--person", "Mair Evans")["ref"])


def finished(laptop: Laptop, victim: str, code: str, *words: str) -> bytes:
    """A draft with every blank written."""
    text = laptop.ask("letter", "draft", victim, code, *words)["text"]
    return re.sub(r"\[\[.*?\]\]", "as agreed", text, flags=re.DOTALL).encode()


def test_every_letter_can_be_drafted_in_both_languages_and_none_goes_out_with_a_blank(
    laptop: Laptop, victim: str
) -> None:
    for kind in laptop.ask("letter", "kinds"):
        for language in ("en", "cy"):
            made = laptop.ask("letter", "draft", victim, kind["code"], "--language", language)
            assert "Mair Evans" in made["text"]
            assert "{" not in made["text"]
            if made["blanks"]:
                told = laptop.refused(
                    "letter", "write", victim, kind["code"], "-", "--language", language, stdin=made["text"].encode()
                )
                assert "blanks are left" in told["what"]
            words = finished(laptop, victim, kind["code"], "--language", language)
            kept = laptop.ask("letter", "write", victim, kind["code"], "-", "--language", language, stdin=words)
            assert set(kept) >= MADE
    assert len(laptop.ask("letter", "list", victim)) == 10
    assert laptop.verified()["ok"]


def test_what_is_not_known_can_never_be_written_as_safe(laptop: Laptop, victim: str) -> None:
    words = finished(laptop, victim, "advice")
    for promise in (b"Your data is safe.", b"Your records remain\nsecure", b"Nothing was taken."):
        told = laptop.refused("letter", "write", victim, "advice", "-", stdin=words + b"\n\n" + promise)
        assert "No letter can promise this" in told["what"]
    welsh = finished(laptop, victim, "advice", "--language", "cy")
    told = laptop.refused(
        "letter", "write", victim, "advice", "-", "--language", "cy",
        stdin=welsh + b"\n\nMae eich gwybodaeth yn ddiogel.",
    )  # fmt: skip
    assert "No letter can promise this" in told["what"]
    without = words.replace(b"We do not yet know whether", b"We are sure that we know whether")
    assert "was changed" in laptop.refused("letter", "write", victim, "advice", "-", stdin=without)["what"]


def test_a_letter_that_says_less_than_is_known_by_now_does_not_go_out(laptop: Laptop, victim: str) -> None:
    letter = laptop.ask("letter", "write", victim, "advice", "-", stdin=finished(laptop, victim, "advice"))["ref"]
    assert "needs its grounds" in laptop.refused("letter", "exposure", victim, "was-seen")["what"]
    laptop.ask("letter", "exposure", victim, "was-seen", "--because", "The mailbox log shows it was opened")
    told = laptop.refused("letter", "sent", letter, "--by", "post")
    assert "the record says “was seen” now" in told["what"]
    less = b"T\n\nInformation about you may have been seen by somebody who should not have seen it."
    assert "the record says “was seen”" in laptop.refused("letter", "write", victim, "advice", "-", stdin=less)["what"]
    laptop.ask("undo")
    laptop.ask("letter", "sent", letter, "--by", "post", "--at", "-10m")
    assert laptop.ask("letter", "list", victim)[0]["sent_how"] == "post"
    assert "still to come" in laptop.refused("letter", "sent", letter, "--by", "post", "--at", "2h")["what"]


def test_a_saved_letter_is_text_and_no_markup_whatever_its_words(laptop: Laptop, victim: str) -> None:
    words = finished(laptop, victim, "acknowledgement") + b"\n\n<script>alert(1)</script> & \x07 <b>bold</b>"
    letter = laptop.ask("letter", "write", victim, "acknowledgement", "-", stdin=words)["ref"]
    page, document = laptop.folder / "a.html", laptop.folder / "a.docx"
    laptop.ask("letter", "save", letter, str(page))
    laptop.ask("letter", "save", letter, str(document))
    text = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert '<html lang="en-GB">' in text
    with zipfile.ZipFile(io.BytesIO(document.read_bytes())) as found:
        body = found.read("word/document.xml").decode()
    assert "&lt;script&gt;" in body
    assert "\x07" not in body + text
    assert laptop.refused("letter", "save", letter, str(laptop.folder / "a.exe"))["do"].startswith("Choose one")


def test_the_words_of_a_letter_are_sealed_and_go_with_the_person(laptop: Laptop, victim: str) -> None:
    letter = laptop.ask("letter", "write", victim, "advice", "-", stdin=finished(laptop, victim, "advice"))["ref"]
    assert "Mair Evans" in laptop.ask("letter", "show", letter)["text"]
    person = laptop.ask("victim", "show", victim)["person"]
    laptop.ask("person", "erase", person)
    assert laptop.ask("letter", "show", letter)["text"] == "[erased]"
    assert laptop.verified()["ok"]
    laptop.ask("rebuild")
    assert laptop.ask("letter", "show", letter)["text"] == "[erased]"


def test_a_letter_is_undone_and_done_again_like_any_act(laptop: Laptop, victim: str) -> None:
    before = laptop.verified()["state"]
    laptop.ask("letter", "write", victim, "advice", "-", stdin=finished(laptop, victim, "advice"))
    after = laptop.verified()["state"]
    laptop.ask("undo")
    assert laptop.ask("letter", "list", victim) == []
    laptop.ask("redo")
    assert len(laptop.ask("letter", "list", victim)) == 1
    assert before != after


def test_what_is_no_letter_is_refused_with_a_sentence(laptop: Laptop, victim: str) -> None:
    assert "no letter" in laptop.refused("letter", "draft", victim, "ransom-note")["what"]
    assert "not text" in laptop.refused("letter", "write", victim, "advice", "-", stdin=b"\xff\xfe\x00")["what"]
    assert "larger" in laptop.refused("letter", "write", victim, "advice", "-", stdin=b"a" * 1_100_000)["what"]
    assert "empty" in laptop.refused("letter", "write", victim, "advice", "-", stdin=b"  \n")["what"]
    assert "No letter is called" in laptop.refused("letter", "show", "RXX-C9999")["what"]
