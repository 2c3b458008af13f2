"""Confirming a category in the window: on a laptop of the NCSC or law enforcement, with a reason, over nothing else."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from tests.gui.fixtures_store import settle
from triage_app.services import authority, certifying, exchange, incidents
from triage_app.store import lookup
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.confirm_category import ConfirmCategoryDialog
from triage_app.ui.views.incident_page import IncidentPage


def page_on(desk: Desk, incident: str, qtbot: QtBot, qapp: QApplication) -> IncidentPage:
    theme.current().apply(qapp)
    page = IncidentPage(desk)
    qtbot.addWidget(page)
    page.resize(1220, 820)
    page.show()
    page.show_incident(incident)
    settle(desk, qtbot)
    return page


def told(cast: Cast) -> str:
    """A opens an incident and proposes a category; C, which has it too, is the laptop of the NCSC."""
    incident = incidents.open_incident(cast.a.session, "Wards down").id
    incidents.classify(cast.a.session, incident, label="GREEN", category=4, because="two wards")
    cast.c.merge(cast.a.export(cast.c))
    return incident


def test_a_laptop_of_the_ncsc_confirms_beside_what_was_proposed_and_others_see_by_whom(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    incident = told(cast)
    _, ncsc = certifying.create_key(cast.c.session, "NCSC incident desk", "ncsc")
    certifying.certify(cast.c.session, cast.c.identity())
    certifying.believe(cast.a.session, ncsc.to_bytes(), "parent")
    path = cast.folder / "back.ctb"
    with desk_at(cast, cast.c, qtbot) as desk:
        page = page_on(desk, incident, qtbot, qapp)
        assert page.steps.confirmed.detail.text() == "This laptop may confirm it"
        assert page.commands["confirm"].isVisible()
        page.steps.confirm.click()
        form = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ConfirmCategoryDialog))
        assert form.category.number() is None
        form.submit()
        assert form.isVisible()
        form.category.group.button(2).setChecked(True)
        form.submit()
        assert form.isVisible(), "it asks for a reason"
        form.because.setPlainText("Two trusts at once")
        form.submit()
        until(qtbot, lambda: page.steps.confirmed.value.text().startswith("Category 2"))
        assert page.steps.proposed.value.text().startswith("Category 4")
        assert "NCSC incident desk" in page.steps.confirmed.detail.text()
        row = lookup.one(desk.store, "incident", incident)
        assert row is not None
        assert row["category_confirmed"]["because"] == "Two trusts at once"
        done: list[object] = []
        desk.long("", lambda s, _: exchange.export_bundle(s, [cast.a.device], path), done.append)
        until(qtbot, lambda: bool(done))
    cast.a.merge(path)
    with desk_at(cast, cast.a, qtbot) as desk:
        page = page_on(desk, incident, qtbot, qapp)
        assert page.steps.confirmed.value.text().startswith("Category 2")
        assert page.steps.confirmed.detail.text().startswith("Carys Vaughan, NCSC incident desk, ")
        assert page.steps.confirm.isHidden()
        assert not page.commands["confirm"].isVisible()


def test_elsewhere_there_is_nothing_to_press(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    incident = told(cast)
    certifying.create_key(cast.a.session, "RXX Trust")
    certifying.certify(cast.a.session, cast.a.identity())
    with desk_at(cast, cast.a, qtbot) as desk:
        page = page_on(desk, incident, qtbot, qapp)
        assert page.steps.confirm.isHidden()
        assert not page.commands["confirm"].isVisible()
        page.confirm_category()
        assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, ConfirmCategoryDialog)]
        assert "Only NCSC or law enforcement can confirm" in page.steps.confirmed.detail.text()


def test_a_desk_certifies_its_own_laptop_without_a_file(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    certifying.create_key(cast.c.session, "Cyber crime unit", "law-enforcement")
    own = cast.c.device
    with desk_at(cast, cast.c, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.acts.certify(view.authorities.keys())
        dialog.own.click()
        until(qtbot, lambda: own in dialog.boxes)
        dialog.boxes[own].setChecked(True)
        dialog.certify.click()
        until(qtbot, lambda: "Certified 1 device." in view.result.words())
        assert authority.may_confirm(desk.store, own)
        assert authority.confirming_bodies(desk.store, own) == [("law-enforcement", "Cyber crime unit")]
