"""A laptop was stolen from a car at two in the morning: it is revoked in the window, and hears of it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from tests.stores import Laptop
from triage_app.services import certifying, devices, incidents
from triage_app.store import journal, standings
from triage_app.ui.dialogs.revoke import RevokeDialog
from triage_app.ui.messages import Dialog
from triage_app.ui.table import cell_text
from triage_app.ui.views.exchange import ExchangeView


def stolen(cast: Cast, *, hours: int = 0) -> tuple[str, int]:
    """B opens an incident, and then somebody else changes it; return it and the last operation that is B's."""
    a, b = cast.a, cast.b
    incident = incidents.open_incident(b.session, "Ransom note on imaging").id
    incidents.classify(b.session, incident, label="GREEN")
    after, _ = journal.tail(b.store, "journal", b.device)
    b.clock.move(hours=hours)
    incidents.set_field(b.session, incident, "title", "Nothing to see here")
    a.merge(b.export(a))
    return incident, after


def form_of(view: ExchangeView, laptop: Laptop, qtbot: QtBot) -> RevokeDialog:
    view.show_record("peer", laptop.device)
    assert view.tabs.current() == "peer"
    view.peer.revoke.click()
    until(qtbot, lambda: view.acts.revoking is not None)
    form = view.acts.revoking
    assert form is not None
    until(qtbot, lambda: form.preview is not None)
    return form


def trust_cell(view: ExchangeView, device: str) -> str:
    column = next(column for column in view.peers.record_model.columns if column.key == "standing")
    row = view.peers.row_of(device)
    assert row is not None
    return cell_text(column, row["standing"])


def agree(qtbot: QtBot) -> None:
    """Say yes to the question that is open."""
    asked = [one for one in QApplication.topLevelWidgets() if type(one) is Dialog and one.isVisible()]
    assert len(asked) == 1
    assert "cannot be taken back" in " ".join(label.text() for label in asked[0].findChildren(type(asked[0].heading)))
    QDialog.accept(asked[0])


def test_a_stolen_laptop_is_revoked_by_our_key_up_to_a_number_after_what_changes_was_shown(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    certifying.create_key(cast.a.session, "RXX Trust")
    incident, after = stolen(cast)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        form = form_of(view, cast.b, qtbot)
        assert form.whom.currentText() == "For all who believe RXX Trust"
        assert "cannot be taken back" in form.warning.accessibleName()
        assert "None of its operations" in form.comes_to.text()
        assert not form.save.isEnabled()
        form.because.setText("Stolen from a car at 2 a.m.")
        form.up_to.click()
        assert not form.save.isEnabled()
        form.number.setText(str(after))
        until(qtbot, lambda: form.preview is not None)
        assert f"counts up to operation {after}." in form.comes_to.text()
        assert [row["id"] for row in form.incidents.rows()] == [incident]
        form.submit()
        assert standings.of(desk.store, cast.b.device).cutoff is None
        agree(qtbot)
        until(qtbot, lambda: "is revoked for all who believe RXX Trust" in view.result.words())
        assert standings.of(desk.store, cast.b.device).cutoff == after
        until(qtbot, lambda: trust_cell(view, cast.b.device) == "1 does not count")
        row = view.peers.row_of(cast.b.device)
        assert row is not None
        assert row["ceiling"].text == f"Revoked at {after}"
        view.show_record("peer", cast.b.device)
        assert view.peer.trust.isHidden()


def test_a_time_that_the_laptop_says_itself_chooses_the_last_operation_before_it(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    _, after = stolen(cast, hours=2)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        form = form_of(view, cast.b, qtbot)
        form.until.click()
        form.at.entry.setText("2026-11-22 13:00")
        until(qtbot, lambda: form.preview is not None)
        assert form.preview is not None
        assert (form.preview.cutoff, form.preview.uncounted) == (after, 1)
        form.at.entry.setText("before breakfast")
        until(qtbot, lambda: "Say up to when" in form.comes_to.text())
        assert not form.save.isEnabled()
        form.reject()


def test_a_laptop_left_out_by_this_one_alone_can_be_trusted_again(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    _, after = stolen(cast)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        form = form_of(view, cast.b, qtbot)
        assert form.whom.count() == 1
        assert "can be taken back" in form.warning.accessibleName()
        form.because.setText("Nobody answers there")
        form.up_to.click()
        form.number.setText(str(after))
        until(qtbot, lambda: form.preview is not None)
        form.submit()
        until(qtbot, lambda: "for this laptop alone" in view.result.words())
        until(qtbot, lambda: not view.peer.trust.isHidden())
        view.peer.trust.click()
        trust = next(one for one in QApplication.topLevelWidgets() if one.windowTitle().startswith("Trust a device"))
        trust.compared.setChecked(True)  # type: ignore[attr-defined]
        trust.trust.click()  # type: ignore[attr-defined]
        until(qtbot, lambda: trust_cell(view, cast.b.device) == "by this laptop")
        assert standings.of(desk.store, cast.b.device).cutoff is None


@pytest.mark.parametrize("typed", ["two", "-3", "1.5"])
def test_a_number_that_is_none_is_refused_in_place(cast: Cast, qtbot: QtBot, qapp: QApplication, typed: str) -> None:
    stolen(cast)
    with desk_at(cast, cast.a, qtbot) as desk:
        form = form_of(view_on(desk, qtbot, qapp), cast.b, qtbot)
        form.because.setText("Lost")
        form.up_to.click()
        form.number.setText(typed)
        until(qtbot, lambda: not form.problem.isHidden())
        assert "no number of an operation" in form.problem.accessibleName()
        assert not form.save.isEnabled()
        form.submit()
        assert form.isVisible()
        form.because.setModified(False)
        form.reject()


def test_who_holds_less_than_others_is_told_and_must_name_the_number(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    stolen(cast)
    a, b, c = cast.a, cast.b, cast.c
    held, _ = journal.tail(a.store, "journal", b.device)
    with a.store.write():
        a.store.execute(
            "INSERT INTO peer(device, vector) VALUES (?, json_object(?, ?))", (c.device, b.device, held + 40)
        )
    with desk_at(cast, a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        view.show_record("peer", b.device)
        view.peer.revoke.click()
        until(qtbot, lambda: view.acts.revoking is not None and not view.acts.revoking.problem.isHidden())
        form = view.acts.revoking
        assert form is not None
        assert f"Others hold {held + 40} operations" in form.problem.accessibleName()
        assert not form.save.isEnabled()
        form.up_to.click()
        form.number.setText(str(held + 20))
        until(qtbot, lambda: form.preview is not None)
        form.because.setText("Stolen")
        assert form.save.isEnabled()
        form.because.setModified(False)
        form.reject()
        form.reject()


def test_the_revoked_laptop_says_so_over_everything_else(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    certifying.create_key(cast.a.session, "RXX Trust")
    _, after = stolen(cast)
    certifying.revoke(cast.a.session, cast.b.device, "stolen", after=after, authority="")
    cast.c.merge(cast.a.export(cast.c))
    cast.b.merge(cast.c.export(cast.b))
    with desk_at(cast, cast.b, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        assert view.revoked.isVisible()
        assert f"revoked after its operation {after}" in view.revoked.accessibleName()
        assert "those who believe RXX Trust" in view.revoked.accessibleName()
    with desk_at(cast, cast.c, qtbot) as desk:
        assert not view_on(desk, qtbot, qapp).revoked.isVisible()


def test_a_certified_laptop_shows_by_whom(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    certifying.create_key(cast.a.session, "RXX Trust")
    certifying.certify(cast.a.session, cast.stranger.identity())
    assert any(row["certified_by"] for row in devices.known_devices(cast.a.store))
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        assert trust_cell(view, cast.stranger.device) == "RXX Trust"
        view.show_record("peer", cast.stranger.device)
        assert view.peer.trust.isHidden()
        assert not view.peer.certify.isHidden()
        view.show_record("peer", cast.c.device)
        assert view.peer.certify.isHidden(), "our key certifies nobody of another organisation"
        view.show_record("peer", cast.stranger.device)
        assert view.peer.facts.values["Trust"].text() == "Certified by RXX Trust"
