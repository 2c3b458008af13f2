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
            kept = laptop.ask(
                "letter", "write", victim, kind["code"], "-", "--language", language, stdin=made["text"].encode()
            )
            assert set(kept) >= MADE
            if made["blanks"]:
                told = laptop.refused("letter", "sent", kept["ref"], "--by", "post")
                assert "left" in told["what"]
                told = laptop.refused("letter", "save", kept["ref"], str(laptop.folder / "draft.html"))
                assert "It is a draft until then" in told["do"]
                words = finished(laptop, victim, kind["code"], "--language", language)
                assert set(laptop.ask("letter", "rewrite", kept["ref"], "-", stdin=words)) >= MADE
            laptop.ask("letter", "save", kept["ref"], str(laptop.folder / "whole.html"))
            laptop.ask("letter", "sent", kept["ref"], "--by", "post")
            assert "has gone out" in laptop.refused("letter", "rewrite", kept["ref"], "-", stdin=b"T")["what"]
    assert not (laptop.folder / "draft.html").exists()
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
    laptop.ask("letter", "sent", letter, "--by", "post")
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


def test_a_promise_is_refused_in_every_kind_of_letter_and_in_either_language(laptop: Laptop, victim: str) -> None:
    """The trials' sentences, which went out: the words are named, and what may be written instead."""
    promises = (
        "Your data has not been seen by anyone.", "No one has accessed your records.",
        "There is no evidence that your information was taken.", "Your personal details were never at risk",
        "Ni welwyd eich gwybodaeth gan neb.", "Mae eich gwybodaeth yn ddiogel.",
    )  # fmt: skip
    for code, language in (("acknowledgement", "en"), ("acknowledgement", "cy"), ("advice", "cy")):
        words = finished(laptop, victim, code, "--language", language)
        for promise in promises:
            told = laptop.refused(
                "letter", "write", victim, code, "-", "--language", language, stdin=words + f"\n\n{promise}".encode()
            )
            assert told["what"] == f"No letter can promise this: “{promise}”."
            assert "write only this: “" + ("We do not yet" if language == "en" else "Nid ydym yn") in told["do"]


def test_the_sentence_of_another_step_is_refused_where_a_letter_need_not_state_any(laptop: Laptop, victim: str) -> None:
    words = finished(laptop, victim, "acknowledgement").decode()
    none = "We have no evidence that information about you was seen or taken, but we cannot rule it out."
    welsh = (
        "Nid oes gennym dystiolaeth bod gwybodaeth amdanoch chi wedi cael ei gweld na'i chymryd,"
        " ond ni allwn ddiystyru hynny."
    )
    laptop.ask("letter", "exposure", victim, "was-seen", "--because", "The mailbox log shows it was opened")
    for sentence in (none, welsh, none.upper(), welsh.replace("'", "’")):
        told = laptop.refused(
            "letter", "write", victim, "acknowledgement", "-", stdin=f"{words}\n\n{sentence}".encode()
        )
        assert told["what"] == "The letter says “no evidence that it was seen”, the record says “was seen”."
    laptop.ask("letter", "exposure", victim, "no-evidence", "--because", "Two people read the logs")
    laptop.ask("letter", "write", victim, "acknowledgement", "-", stdin=f"{words}\n\n{none}".encode())


def test_a_letter_is_held_against_what_is_known_when_it_is_saved_too(laptop: Laptop, victim: str) -> None:
    letter = laptop.ask("letter", "write", victim, "advice", "-", stdin=finished(laptop, victim, "advice"))["ref"]
    page = laptop.folder / "a.html"
    laptop.ask("letter", "exposure", victim, "was-seen", "--because", "The mailbox log shows it was opened")
    assert "the record says “was seen” now" in laptop.refused("letter", "save", letter, str(page))["what"]
    assert not page.exists()
    laptop.ask("undo")
    laptop.ask("letter", "save", letter, str(page))
    for place in (laptop.home / "letter.html", laptop.home / "store.db", laptop.home / "backups" / "a.docx"):
        was = place.exists()
        assert "profile" in laptop.refused("letter", "save", letter, str(place))["do"]
        assert place.exists() == was
    assert [one["ref"] for one in laptop.ask("letter", "list", victim)] == [letter]


def test_no_character_that_turns_or_hides_words_is_in_a_document(laptop: Laptop, victim: str) -> None:
    words = finished(laptop, victim, "acknowledgement").decode() + "\n\na\u202eb\u2066c\u200bd\u0085e\u00adf"
    letter = laptop.ask("letter", "write", victim, "acknowledgement", "-", stdin=words.encode())["ref"]
    page, document = laptop.folder / "a.html", laptop.folder / "a.docx"
    laptop.ask("letter", "save", letter, str(page))
    laptop.ask("letter", "save", letter, str(document))
    with zipfile.ZipFile(document) as found:
        body = found.read("word/document.xml").decode()
    for text in (page.read_text(encoding="utf-8"), body):
        assert ">abcdef<" in text


def test_a_letter_does_not_go_out_before_it_was_written(laptop: Laptop, victim: str) -> None:
    letter = laptop.ask("letter", "write", victim, "advice", "-", stdin=finished(laptop, victim, "advice"))["ref"]
    for at in ("0001-01-01", "0001-01-01T00:00+00:00", "2019-03-01 10:00", "-10m"):
        told = laptop.refused("letter", "sent", letter, "--by", "post", "--at", at)
        assert "cannot have gone out before" in told["what"], at
    assert laptop.ask("letter", "list", victim)[0]["sent_at"] is None
    laptop.ask("letter", "sent", letter, "--by", "post", "--at", "now")


def test_what_the_record_says_of_writing_is_said_first_and_no_contact_needs_a_reason(
    laptop: Laptop, victim: str
) -> None:
    laptop.ask("victim", "set", victim, "flags", "under-18", "formats", "braille")
    draft = laptop.run("letter", "draft", victim, "advice")
    assert "Take care: Under 18." in draft.err
    assert "accessible format is recorded" in draft.err
    assert "raille" not in draft.err
    letter = laptop.ask("letter", "write", victim, "advice", "-", stdin=finished(laptop, victim, "advice"))
    assert [one["code"] for one in letter["warnings"]] == ["under-18", "format"]
    laptop.ask("victim", "set", victim, "flags", "under-18,unsafe-to-ring", "channel", "no-contact")
    spoken = laptop.run("letter", "sent", letter["ref"], "--by", "post")
    assert spoken.code == 2
    assert "Stop: Wishes no contact." in spoken.err
    assert "Stop: Not safe to ring or write." in spoken.err
    told = laptop.refused("letter", "sent", letter["ref"], "--by", "post", "--because", " ")
    assert (told["code"], told["what"].startswith("The record says: Wishes no contact.")) == ("no-contact", True)
    laptop.ask("letter", "sent", letter["ref"], "--by", "post", "--because", "Her advocate asked for it")
    assert [one["because"] for one in laptop.ask("history", letter["id"], "sent")] == ["Her advocate asked for it"]
    assert "Mair Evans" not in str(laptop.ask("history", letter["id"]))  # its words are looked at by “letter show”
    looks = [one for one in laptop.ask("access", "list") if one["what"] == "unmask"]
    assert looks


def test_a_blank_of_a_welsh_letter_says_in_english_what_belongs_there(laptop: Laptop, victim: str) -> None:
    for kind in laptop.ask("letter", "kinds"):
        english = laptop.ask("letter", "draft", victim, kind["code"], "--language", "en")["blanks"]
        welsh = laptop.ask("letter", "draft", victim, kind["code"], "--language", "cy")["blanks"]
        assert set(english) <= set(welsh), kind["code"]
        assert not any("enw" in blank or "beth " in blank.lower() for blank in welsh)
