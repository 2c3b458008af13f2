"""The kit in every theme: what is off looks off, and nothing that Qt draws keeps another theme's look."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QPushButton, QStyle, QStyleOptionSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from triage_app.domain.letters import Block
from triage_app.services.custody_form import CustodyForm
from triage_app.ui import theme
from triage_app.ui.custody_print import as_pdf
from triage_app.ui.dialogs.pick_bar import PickBar
from triage_app.ui.printing import pdf
from triage_app.ui.table import Column, IdTableModel, RecordTable
from triage_app.ui.tokens import PALETTES, Size
from triage_app.ui.widgets import Card, CheckBox, Choice, Radio, TextField, primary, quiet, secondary

MODES = [palette.name for palette in PALETTES]
COLUMNS = (Column("a", "A", 60, stretch=True),)


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    theme.current().apply(qapp)
    before = theme.current().mode
    theme.current().set_mode(request.param)
    yield str(request.param)
    theme.current().set_mode(before)


def table(many: int) -> RecordTable:
    return RecordTable(
        IdTableModel(COLUMNS, lambda ids: {one: {"a": str(one)} for one in ids}, array("q", range(many)))
    )


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


CONTROLS: list[Callable[[], QWidget]] = [
    lambda: primary("Import", key="Ctrl I"),
    lambda: secondary("Leave out", key="Del"),
    lambda: quiet("Edit"),
    lambda: CheckBox("Sealed"),
    lambda: Radio("Real work"),
    lambda: TextField("Why, in a few words"),
    lambda: Choice([("post", "By post")]),
    lambda: QPushButton("Save"),
]


@pytest.mark.parametrize("make", CONTROLS)
def test_what_is_switched_off_does_not_look_as_if_it_could_be_pressed(
    qtbot: QtBot, mode: str, make: Callable[[], QWidget]
) -> None:
    one = make()
    qtbot.addWidget(one)
    one.resize(180, 32)
    one.show()
    on = picture(one)
    one.setEnabled(False)
    assert picture(one) != on


def inks(image: QImage) -> set[str]:
    """Return every colour of a picture, without the shades between two."""
    return {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}


def test_a_hint_in_an_empty_field_has_the_ink_of_hints(qtbot: QtBot, mode: str) -> None:
    field = TextField("MMMM")
    qtbot.addWidget(field)
    field.resize(180, 32)
    field.show()
    p = theme.current().palette
    inside = picture(field).copy(8, 6, 160, 20)
    assert p.faint in inks(inside)
    field.setText("MMMM")
    inside = picture(field).copy(8, 6, 160, 20)
    assert p.text in inks(inside)


@pytest.mark.parametrize("high", [140, 300])
def test_the_bar_of_a_table_begins_under_its_head(qtbot: QtBot, mode: str, high: int) -> None:
    shown = table(60)
    qtbot.addWidget(shown)
    shown.resize(300, high)
    shown.show()
    bar = shown.verticalScrollBar()
    option = QStyleOptionSlider()
    bar.initStyleOption(option)
    part = QStyle.SubControl.SC_ScrollBarSlider
    handle = bar.style().subControlRect(QStyle.ComplexControl.CC_ScrollBar, option, part, bar)
    assert bar.mapTo(shown, handle.topLeft()).y() >= Size.TABLE_HEAD


def test_the_border_of_a_card_goes_round_the_table_in_it(qtbot: QtBot, mode: str) -> None:
    card = Card(inset=1)
    card.body.setContentsMargins(1, 1, 1, 1)
    card.body.addWidget(table(60))
    empty = Card(inset=1)
    outer = QWidget()
    lines = QVBoxLayout(outer)
    for one in (card, empty):
        one.setFixedSize(200, 160)
        lines.addWidget(one)
    qtbot.addWidget(outer)
    outer.show()
    # Round a corner, from the side to the top: everywhere the same as where nothing stands in the card.
    for x, y in ((0, 20), (1, 6), (2, 3), (3, 2), (6, 1), (20, 0), (199, 20), (198, 6), (0, 140), (1, 153), (6, 158)):
        assert picture(card).pixelColor(x, y) == picture(empty).pixelColor(x, y), (x, y)


def test_names_that_are_offered_stand_in_a_box_with_an_edge_and_in_rows_that_can_be_hit(
    qtbot: QtBot, mode: str
) -> None:
    field = TextField("A name")
    qtbot.addWidget(field)
    field.offer(["Northmoor one", "Northmoor two", "Eastvale"])
    names = field.completer()
    names.setCompletionPrefix("north")
    popup = names.popup()
    popup.resize(300, 90)
    popup.ensurePolished()
    assert popup.sizeHintForRow(0) >= 24
    assert picture(popup).pixelColor(150, 0) == QColor(theme.current().palette.edge)


def drawn(pdf: bytes) -> list[bytes]:
    """Return what the pages of a PDF draw."""
    found = []
    for part in pdf.split(b"stream\n")[1:]:
        try:
            said = zlib.decompress(part.partition(b"endstream")[0].rstrip(b"\r\n"))
        except zlib.error:
            continue  # no page, but what the file says of itself: in clear, and with the time
        if b" Tf" in said:
            found.append(said)
    return found


def test_what_is_printed_is_the_same_whatever_the_colours_of_the_window(qapp: QApplication) -> None:
    form = CustodyForm(
        "Custody of RXX-E0001", "TLP:AMBER", [("File", "ransom-note.txt")], [("03:12", "Taken", "Sam", "")], [], "Foot"
    )
    letter = [Block("title", ("Dear Sam",)), Block("paragraph", ("We write about the incident.",))]
    theme.current().apply(qapp)
    before = theme.current().mode
    pages = []
    for each in MODES:
        theme.current().set_mode(each)
        pages.append((drawn(as_pdf(form)), drawn(pdf(letter, "Letter"))))
    theme.current().set_mode(before)
    assert all(pages[0])
    assert pages[1:] == [pages[0]] * (len(MODES) - 1)


def test_every_check_box_and_radio_button_is_ours() -> None:
    """Qt's own is filled when it is checked and has no tick: told by colour alone, and unseen in high contrast."""
    package = Path(theme.__file__).parent
    strays = [
        f"{path.name}: {line.strip()}"
        for path in package.rglob("*.py")
        if path.name != "checks.py"
        for line in path.read_text("utf-8").splitlines()
        if "QCheckBox(" in line or "QRadioButton(" in line
    ]
    assert strays == []


def test_a_question_in_a_bar_shows_that_its_keys_act(qtbot: QtBot, mode: str) -> None:
    bar = PickBar([("a", "4 hours", ""), ("b", "8 hours", "")])
    qtbot.addWidget(bar)
    bar.resize(400, 120)
    bar.open("Snooze it until")
    qtbot.waitUntil(bar.hasFocus)
    assert picture(bar).pixelColor(200, 0) == QColor(theme.current().palette.focus)
