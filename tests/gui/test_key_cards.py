"""The card of a key: six words, a QR code that is dark on white in every theme, and a page to print."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from triage_app.services import certifying
from triage_app.ui import theme
from triage_app.ui.widgets.qr_code import QUIET, QrCode, modules, paint_code

TEXT = "TRIAGE1 K7M4 " + "AB" * 32


def picture(side: int, text: str = TEXT) -> QImage:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor("#FF00FF"))
    painter = QPainter(image)
    paint_code(painter, QRectF(0, 0, side, side), text)
    painter.end()
    return image


def test_every_module_of_the_code_is_painted_where_it_belongs() -> None:
    rows = modules(TEXT)
    side = (len(rows) + 2 * QUIET) * 4
    image = picture(side)
    for y, line in enumerate(rows):
        for x, dark in enumerate(line):
            seen = image.pixelColor((QUIET + x) * 4 + 2, (QUIET + y) * 4 + 2).name()
            assert seen == ("#000000" if dark else "#ffffff")


def test_the_quiet_zone_is_four_modules_of_white_on_every_side() -> None:
    rows = modules(TEXT)
    image = picture((len(rows) + 2 * QUIET) * 4)
    edge = range(image.width())
    for near in range(QUIET * 4):
        far = image.width() - 1 - near
        assert {image.pixelColor(at, line).name() for at in edge for line in (near, far)} == {"#ffffff"}
        assert {image.pixelColor(line, at).name() for at in edge for line in (near, far)} == {"#ffffff"}


@pytest.mark.parametrize("mode", ["light", "dark", "high-contrast"])
def test_the_code_is_dark_on_white_in_every_theme(qtbot: QtBot, qapp: QApplication, mode: str) -> None:
    before = theme.current().mode
    theme.current().set_mode(mode)
    try:
        code = QrCode("Code")
        qtbot.addWidget(code)
        code.set_text(TEXT)
        code.resize(code.sizeHint())
        code.show()
        image = code.grab().toImage()
        assert image.pixelColor(1, 1).name() == "#ffffff"
        found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert found == {"#000000", "#ffffff"}
        assert TEXT in code.accessibleName()
    finally:
        theme.current().set_mode(before)


def test_this_device_shows_its_code_beside_its_words(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    expected = cast.a.session.public.ed25519.upper()
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        view.tabs.go_to("device")
        assert view.device.key.code.text() == f"TRIAGE1 {desk.device_tag} {expected}"
        assert view.device.key.code.isVisible()


def test_the_page_to_print_is_one_page_of_pdf(cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    certifying.create_key(cast.a.session, "RXX Trust")
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        for number, card in enumerate((view.device._card, view.authorities.table.rows()[0]["card"])):
            assert card is not None
            dialog = view.acts.show_card(card)
            assert dialog.key.words.text() == card.words
            target = tmp_path / f"page-{number}.pdf"
            dialog.save_page(target)
            until(qtbot, target.exists)
            data = target.read_bytes()
            assert data.startswith(b"%PDF")
            assert data.count(b"/Type /Page\n") == 1
            dialog.reject()
