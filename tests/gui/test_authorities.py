"""Authorities in the window: a desk makes its key, vouches for its laptops, and others believe it by its words."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from tests.stores import found, opened
from triage_app.formats.authority import PublicAuthority
from triage_app.services import certifying, devices
from triage_app.store import authority_keys, standings
from triage_app.ui.dialogs.trust_device import TrustDialog
from triage_app.ui.table import cell_text
from triage_app.ui.views.exchange import ExchangeView


def shown(view: ExchangeView, key: str, row: int = 0) -> str:
    column = next(column for column in view.authorities.table.record_model.columns if column.key == key)
    return cell_text(column, view.authorities.table.rows()[row][key])


def test_a_desk_makes_its_key_and_vouches_for_many_laptops_in_one_go(
    cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    laptops = []
    for number in range(3):
        found(tmp_path / f"ward-{number}", "RXX", organisation_name="RXX Trust", device_name=f"Ward {number}")
        laptop = opened(tmp_path / f"ward-{number}")
        file = tmp_path / f"ward-{number}.identity"
        file.write_bytes(laptop.identity())
        laptops.append((laptop.device, file))
        laptop.close()
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8 no identity")
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        view.tabs.go_to("authorities")
        assert view.authorities.certify.isHidden()
        form = view.acts.make_key()
        assert form.name.text() == "RXX Trust"
        form.submit()
        until(qtbot, lambda: len(view.authorities.table.rows()) == 1)
        assert (shown(view, "trusted"), shown(view, "here"), shown(view, "certified")) == (
            "trusted",
            "on this laptop",
            "0",
        )
        assert not view.authorities.certify.isHidden()
        dialog = view.acts.certify(view.authorities.keys())
        dialog.read_files([*(file for _, file in laptops), tmp_path / "holiday.jpg"])
        until(qtbot, lambda: len(dialog.boxes) == 3)
        assert "holiday.jpg" in dialog.trouble.accessibleName()
        assert not dialog.certify.isEnabled()
        for device, _ in laptops[:2]:
            dialog.boxes[device].setChecked(True)
        assert dialog.certify.text() == "Certify 2 devices"
        dialog.certify.click()
        until(qtbot, lambda: "Certified 2 devices." in view.result.words())
        until(qtbot, lambda: shown(view, "certified") == "2")
        trusted = {row["id"] for row in devices.known_devices(desk.store) if row["trusted"]}
        assert {laptops[0][0], laptops[1][0]} <= trusted
        assert laptops[2][0] not in trusted


def test_what_the_trust_dialog_says_of_an_authority_is_what_believing_it_means(
    cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    _, ncsc = certifying.create_key(cast.c.session, "NCSC incident desk", "ncsc")
    file = tmp_path / "ncsc.authority"
    file.write_bytes(ncsc.to_bytes())
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.trust_device()
        dialog.read_file(file)
        assert dialog.words.text() == " ".join(ncsc.fingerprint_words)
        assert dialog.trust.text() == "Trust this authority"
        assert "may confirm the category" in dialog.confirms.accessibleName()
        assert "at most TLP:GREEN" in dialog.means.text()
        dialog.relation.set_key("parent")
        assert "at most TLP:AMBER" in dialog.means.text()
        assert not dialog.trust.isEnabled()
        dialog.compared.setChecked(True)
        dialog.trust.click()
        until(qtbot, lambda: "Trusted NCSC incident desk." in view.result.words())
        until(qtbot, lambda: len(view.authorities.table.rows()) == 1)
        assert (shown(view, "role"), shown(view, "trusted"), shown(view, "here")) == ("NCSC", "trusted", "elsewhere")
        assert view.authorities.export.isHidden()
        assert [one.relation.name for one in standings.authorities(desk.store).values()] == ["LINKED"]


def test_an_authority_is_trusted_no_longer_once_somebody_says_why(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    _, ncsc = certifying.create_key(cast.c.session, "NCSC incident desk", "ncsc")
    certifying.believe(cast.a.session, ncsc.to_bytes(), "parent")
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        view.tabs.go_to("authorities")
        until(qtbot, lambda: len(view.authorities.table.rows()) == 1)
        form = view.acts.stop_trusting(view.authorities.table.rows()[0])
        assert not form.save.isEnabled()
        form.because.setText("Its key was seen by somebody else")
        form.save.click()
        until(qtbot, lambda: "does not trust NCSC incident desk any more" in view.result.words())
        until(qtbot, lambda: shown(view, "trusted") == "not trusted")
        assert view.authorities.stop.isHidden()
        assert standings.authorities(desk.store) == {}


def test_a_laptops_own_identity_file_says_nothing_of_confirming(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    data = cast.stranger.identity()
    with desk_at(cast, cast.a, qtbot) as desk:
        dialog = TrustDialog(desk, view_on(desk, qtbot, qapp), data)
        assert dialog.choose.isHidden()
        assert dialog.confirms.isHidden()
        assert dialog.trust.text() == "Trust this device"
        assert dialog.key.code.text() == f"TRIAGE1 {cast.stranger.session.tag} " + (
            cast.stranger.session.public.ed25519.upper()
        )
        dialog.reject()


def test_the_key_moves_to_a_colleagues_laptop_by_two_windows(
    cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    _, public = certifying.create_key(cast.a.session, "RXX Trust")
    key = tmp_path / "our.key"
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        form = view.acts.export_key(view.authorities.table.rows()[0]["card"])
        form.path.setText(str(key))
        form.passphrase.setText("four wet mice run")
        form.again.setText("four wet mice ran")
        form.submit()
        assert "differ" in form.problem.accessibleName()
        form.again.setText("four wet mice run")
        form.submit()
        until(qtbot, lambda: "Wrote our.key." in view.result.words())
        file = tmp_path / "our.authority"
        view.acts.save_authority(view.authorities.table.rows()[0], file)
        until(qtbot, file.exists)
        assert PublicAuthority.from_bytes(file.read_bytes()) == public
    with desk_at(cast, cast.b, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        take = view.acts.import_key()
        take.path.setText(str(key))
        take.passphrase.setText("not the passphrase")
        take.submit()
        until(qtbot, lambda: not take.problem.isHidden())
        take.passphrase.setText("four wet mice run")
        take.submit()
        until(qtbot, lambda: "Took the key of RXX Trust." in view.result.words())
        assert authority_keys.held(desk.store) == {public.id}
        until(qtbot, lambda: not view.authorities.export.isHidden())


def test_certifying_without_a_key_says_where_one_comes_from(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    with desk_at(cast, cast.b, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        view.certify_devices()
        assert "holds no key" in view._trouble.accessibleName()
        assert view.tabs.current() == "authorities"
