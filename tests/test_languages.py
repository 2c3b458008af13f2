"""Nothing that the window says is without its Welsh, and no Welsh is wrong in a way that a machine can see."""

from __future__ import annotations

import pytest

from tests import languages as texts
from triage_app.language import FORMS
from triage_app.services import languages

CODES = [code for code in languages.NAMES if code != languages.ENGLISH]


@pytest.mark.parametrize("code", CODES)
def test_every_text_of_the_window_has_a_translation(code: str) -> None:
    left = texts.missing(code)
    assert not left, f"{len(left)} texts, among them {list(left)[:5]}"


@pytest.mark.parametrize("code", CODES)
def test_no_translation_loses_a_value_or_outlives_its_text(code: str) -> None:
    assert texts.amiss(code) == []


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_says_where_it_comes_from_and_who_read_it(code: str) -> None:
    told = languages.told(code)
    assert told["version"]
    assert told["date"]
    assert told["source"]
    assert told["read_by"]
    assert told["plural"]["source"]
    assert set(told["plural"]["forms"].values()) <= set(FORMS)
    assert len(told["dates"]) == 37, "seven days and twelve months, whole and short; May is both"


def test_only_named_files_say_what_no_extraction_can_read() -> None:
    found = {line.split(":")[0] for line in texts.in_the_code().unread if ".translate(" not in line}
    assert found == READ_ELSEWHERE


READ_ELSEWHERE = {
    "errors.py", "services/clock_words.py", "services/custody_form.py", "services/figures.py", "services/histories.py",
    "services/previewing.py", "services/related.py", "services/vocabularies.py", "ui/dialogs/add_victim.py",
    "ui/dialogs/affected.py", "ui/dialogs/call.py", "ui/dialogs/edit_victim.py", "ui/dialogs/handoff.py",
    "ui/dialogs/impact.py", "ui/dialogs/new_alert.py", "ui/dialogs/victim_record.py", "ui/table_cells.py",
    "ui/views/affected_reading.py", "ui/views/alert_detail.py", "ui/views/alert_related.py",
    "ui/views/conflict_reading.py", "ui/views/directory.py", "ui/views/evidence_detail.py",
    "ui/views/impact_words.py", "ui/views/incident_facts.py", "ui/views/incident_words.py", "ui/views/queue_rows.py",
    "services/folding.py", "services/rules.py", "ui/views/clock_faces.py", "ui/views/affected_rows.py",
    "ui/views/exchange_reading.py", "ui/views/timeline_reading.py", "ui/views/victims_pane.py",
    "ui/views/victim_card.py", "ui/table_delegate.py",
    "ui/widgets/badges.py", "services/reference.py",
}  # fmt: skip
"""Files that say a word which a rule or a record keeps as its code: ``in_the_rules`` knows those words."""


def test_a_lost_value_a_second_mnemonic_and_an_old_text_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    told = languages.told("cy")
    source = next(text for text in told["texts"] if "{0}" in text)
    wrong = {**told, "texts": {**told["texts"], source: "dim", "Said by nobody": "Neb"}, "qt": {"&Yes": "Ie"}}
    monkeypatch.setattr(languages, "told", lambda _: wrong)
    found = texts.amiss("cy")
    assert any("other places" in line for line in found)
    assert any("no longer used: Said by nobody" in line for line in found)
    assert any("other mnemonics: &Yes" in line for line in found)
