"""What was kept in English, or a reader said, as the screen says it in another language."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import reader_texts
from tests.unit.formats.reading_support import MAPPING, Read, read_bytes
from tests.unit.formats.test_every_format import MAPPED, SAMPLE_FILES
from triage_app import language
from triage_app.errors import BadFile
from triage_app.language import Catalogue, Said, english, kept, say
from triage_app.respoken import LONGEST, _Text, respoken
from triage_app.services import languages
from triage_app.services.import_tally import Tally

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
ENGLISH = re.compile(r"\b(the|of|with|that|which|one|another|its|is|are|and|first|lines|columns|events|between|as)\b")
"""Words that no Welsh sentence of ours has, and most English ones do."""
QUOTED = re.compile(r"\b(?:_ts|_origin|[a-z]+[._][a-z_.]+)\b|source time a tlp")
"""Names of what stands in a file, which are the same in every language."""


@pytest.fixture(autouse=True)
def welsh() -> Iterator[None]:
    language.use(languages.catalogue("cy"))
    yield
    language.use(None)


def read(path: Path) -> Read | BadFile:
    mapped = MAPPING if path.parent.name in MAPPED else None
    try:
        with english():
            return read_bytes(path.read_bytes(), mapped, name="given")
    except BadFile as refused:
        return refused


@pytest.mark.parametrize("path", [*SAMPLE_FILES, *SAMPLES.glob("*.[cjt]*")], ids=lambda path: path.name)
def test_why_a_sample_is_recognised_and_why_a_record_is_not_is_said_in_welsh(path: Path) -> None:
    found = read(path)
    if isinstance(found, BadFile):
        assert respoken(found.what) != found.what
        return
    told = [reject.reason for reject in found.rejects]
    told += [found.begin.why] if found.begin is not None else []
    for words in told:
        assert not ENGLISH.search(QUOTED.sub("", respoken(words))), words
        assert kept(respoken(words)) == words


def test_a_sentence_is_said_with_its_values_and_its_parts() -> None:
    said = "Suricata EVE: one JSON object after another; among the first 68 events 61 alerts."
    assert respoken(said) == "Suricata EVE: un gwrthrych JSON ar ôl y llall; 61 rhybudd ymhlith y 68 digwyddiad cyntaf."
    assert respoken("stick/a.json: not a JSON object") == "stick/a.json: nid gwrthrych JSON"
    with english():
        assert respoken(said) == said


def test_a_reason_that_many_records_share_is_said_without_what_it_quotes() -> None:
    tally = Tally()
    for number in (1, 2):
        tally._reason(f"the time '{number} o’clock' lies outside 1970 to 2199", number)
    (reason,) = tally.reasons
    assert reason.words == "the time … lies outside … to …"
    assert respoken(reason.words) == "mae'r amser … y tu allan i … hyd …"


def test_a_refusal_of_two_sentences_with_a_name_is_said_whole() -> None:
    said = "a.zip is a picture, not alerts. Import the file the alerts came in."
    assert not ENGLISH.search(respoken(said))
    assert "a.zip" in respoken(said)


def test_what_fits_nothing_is_shown_as_it_is() -> None:
    for words in ("", "dns", "Gadawyd allan", "the colour of {0} is not known to us", "x" * (LONGEST + 1)):
        assert respoken(words) == words


def test_what_is_kept_of_a_welsh_text_is_its_english() -> None:
    shown = say("{0} is {1}, not alerts.", "a.bin", say("Not known"))
    assert "not alerts" not in shown
    assert kept(shown) == "a.bin is Not known, not alerts."
    assert kept(copy.deepcopy(shown)) == kept(pickle.loads(pickle.dumps(shown))) == kept(shown)
    refused = BadFile(shown, "Import the file the alerts came in.")
    assert (refused.what, kept(refused.what)) == (shown, "a.bin is Not known, not alerts.")


def test_another_catalogue_is_heeded_at_once() -> None:
    assert respoken("not a JSON object") == "nid gwrthrych JSON"
    language.use(Catalogue("cy", "Cymraeg", {}, read={"not a JSON object": "rhywbeth arall"}))
    assert respoken("not a JSON object") == "rhywbeth arall"


HOSTILE = (
    ": ",
    ". ",
    "a: ",
    "the time ",
    " and 1 more",
    " without ",
    "; it stayed ",
    "'",
    "“",
    "{0}",
    "one JSON object; ",
)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences that texts of the catalogue are compared with, as they are."""
    found: list[str] = []
    compare = _Text.values

    def heard(text: _Text, sentence: str) -> dict[int, str] | None:
        found.append(sentence)
        return compare(text, sentence)

    monkeypatch.setattr(_Text, "values", heard)
    return found


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_sentence_made_to_fit_everything_is_soon_done_with(piece: str, compared: list[str]) -> None:
    respoken((piece * LONGEST)[:LONGEST])
    assert len(compared) < 40_000  # each goes over the sentence once: hundredths of a second
    assert len(set(compared)) <= 33


@settings(max_examples=50)
@given(st.lists(st.sampled_from([*reader_texts.said(), ": ", ". ", "'x'", "{0}", "…", "7"]), max_size=6).map("".join))
def test_no_sentence_breaks_it(sentence: str) -> None:
    assert isinstance(respoken(sentence), str)


def test_a_sentence_is_compared_with_few_texts_and_once(compared: list[str]) -> None:
    sentence = "line 7: the time '7' cannot be read"
    assert respoken(sentence) != sentence
    assert 0 < len(compared) < 1_000
    compared.clear()
    respoken(sentence)
    assert compared == []


def test_what_was_said_can_be_copied_and_sent_to_another_process() -> None:
    said = say("Nothing was changed.")
    assert isinstance(said, Said)
    for other in (copy.copy(said), copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert (other, kept(other)) == (said, "Nothing was changed.")
