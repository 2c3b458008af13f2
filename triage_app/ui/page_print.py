"""Pages for paper as PDF: laid out from plain words by Qt, no markup anywhere, the label on every page.

Nothing here touches a window, so it may run on any thread. It goes cell by cell: Qt's own text documents lay a whole
table out in one call, and while that lasts (a second for a thousand rows) no other thread of ours can do anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter

from triage_app.services.printed import Printed, Table

_DPI: Final = 150
_MARGIN_MM: Final = 16
_BAND: Final = 60
"Dots kept free above and below for the label and the number of the page: a third of an inch."
_PAD: Final = 5
"Dots between the line of a table and its words."
_BODY, _STRONG, _PART, _TITLE, _SMALL, _SMALL_STRONG = range(6)
_FONTS: Final = ((9.0, False), (9.0, True), (10.0, True), (14.0, True), (8.0, False), (8.0, True))
"Points on paper, and whether bold."
_NAMES: Final = (21, 79)
"Per cent of the page that names of facts and what they say take."
_SIGNED: Final = "_" * 60
_BETWEEN: Final = Qt.TextFlag.TextWordWrap.value
_ANYWHERE: Final = Qt.TextFlag.TextWrapAnywhere.value


@dataclass
class _Page:
    """What is painted on one page: words in their places, and the lines of tables."""

    words: list[tuple[QRectF, str, int, int]] = field(default_factory=list)
    "Where, what, in which font, and how it is broken into lines."
    boxes: list[QRectF] = field(default_factory=list)


class _Layout:
    """Puts words onto pages, from the top down."""

    def __init__(self, writer: QPdfWriter) -> None:
        room = writer.pageLayout().paintRectPixels(_DPI)
        self.width, self.height = float(room.width()), float(room.height() - 2 * _BAND)
        self.fonts = [_font(points, bold) for points, bold in _FONTS]
        self._metrics = [QFontMetricsF(font, writer) for font in self.fonts]
        self.pages = [_Page()]
        self._at = 0.0

    def lines(self, words: str, face: int = _BODY, above: float = 0.0) -> None:
        """Add words over the whole width, on as many pages as they take."""
        self._at += above if self._at else 0.0
        for piece in self._pieces(words, self.width, face):
            tall = self._tall(piece, self.width, face)
            self._make_room(tall)
            room = QRectF(0, self._at, self.width, tall)
            self.pages[-1].words.append((room, piece, face, self._flags(piece, self.width, face)))
            self._at += tall

    def part(self, part: Table) -> None:
        """Add one part: its heading never stands alone at the foot of a page."""
        self._make_room(18 + 5 * self._metrics[_BODY].lineSpacing())
        self.lines(part.heading, _PART, above=18)
        if part.words:
            self.lines(part.words, above=4)
        if part.rows:
            self.table(part.heads, part.rows, part.widths)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
        """Add rows; the heads stand again on each page. Without heads, the first column is bold."""
        self._at += 8
        across = [self.width * part / sum(widths) for part in widths]
        if heads:
            self._row(heads, across, [_STRONG] * len(across), ())
        faces = [_BODY if heads else _STRONG, *[_BODY] * (len(across) - 1)]
        for cells in rows:
            split = [self._pieces(words, wide - 2 * _PAD, face)
                     for words, wide, face in zip(cells, across, faces, strict=True)]  # fmt: skip
            for pieces in zip_longest(*split, fillvalue=""):
                self._row(pieces, across, faces, heads)

    def _row(self, cells: Sequence[str], across: Sequence[float], faces: Sequence[int], heads: Sequence[str]) -> None:
        inner = [
            self._tall(words, wide - 2 * _PAD, face) for words, wide, face in zip(cells, across, faces, strict=True)
        ]
        tall = max(inner) + 2 * _PAD
        if self._make_room(tall) and heads:
            self._row(heads, across, [_STRONG] * len(across), ())
        left = 0.0
        for words, wide, face in zip(cells, across, faces, strict=True):
            box = QRectF(left, self._at, wide, tall)
            self.pages[-1].boxes.append(box)
            inside = box.adjusted(_PAD, _PAD, -_PAD, 0)
            self.pages[-1].words.append((inside, words, face, self._flags(words, inside.width(), face)))
            left += wide
        self._at += tall

    def _make_room(self, tall: float) -> bool:
        """Begin another page where so much does not fit on this one; tell whether it did."""
        if not self._at or self._at + tall <= self.height:
            return False
        self.pages.append(_Page())
        self._at = 0.0
        return True

    def _tall(self, words: str, wide: float, face: int) -> float:
        flags = self._flags(words, wide, face)
        return self._metrics[face].boundingRect(QRectF(0, 0, wide, 1e6), flags, words or " ").height()

    def _flags(self, words: str, wide: float, face: int) -> int:
        """Return how words are broken into lines: between words, or anywhere where one is longer than a line."""
        longest = max(words.split(), key=len, default="")
        fits = len(longest) < 8 or self._metrics[face].horizontalAdvance(longest) <= wide
        return _BETWEEN if fits else _ANYWHERE

    def _pieces(self, words: str, wide: float, face: int) -> list[str]:
        """Return words in pieces of which each fits on a page, cut between two of them."""
        most = self.height * 0.9
        if len(words) < 200 or self._tall(words, wide, face) <= most:
            return [words]
        middle = len(words) // 2
        cut = max(words.rfind("\n", 0, middle), words.rfind(" ", 0, middle))
        cut = middle if cut <= middle // 2 else cut + 1
        return [*self._pieces(words[:cut], wide, face), *self._pieces(words[cut:], wide, face)]


def as_pdf(page: Printed) -> bytes:
    """Return a page as PDF, A4."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(page.title)
    writer.setCreator("Triage")
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
        )
    )
    layout = _Layout(writer)
    layout.lines(page.title, _TITLE)
    if page.facts:
        layout.table((), page.facts, _NAMES)
    for part in page.parts:
        layout.part(part)
    if page.signature:
        layout.lines(f"{page.signature} {_SIGNED}", above=24)
    layout.lines(page.foot, _SMALL, above=12)
    painter = QPainter(writer)
    for number, one in enumerate(layout.pages, 1):
        if number > 1:
            writer.newPage()
        _paint(painter, one, layout)
        said = QCoreApplication.translate("PagePrint", "Page {0} of {1}").format(number, len(layout.pages))
        _bands(painter, layout, page.label, said)
    painter.end()
    data: QByteArray = buffer.data()
    return bytes(data.data())


def _paint(painter: QPainter, page: _Page, layout: _Layout) -> None:
    painter.save()
    painter.translate(0, _BAND)
    painter.setPen(QColor(Qt.GlobalColor.gray))
    for box in page.boxes:
        painter.drawRect(box)
    painter.setPen(QColor(Qt.GlobalColor.black))  # paper is white, whatever the colours of the window
    for box, words, face, flags in page.words:
        painter.setFont(layout.fonts[face])
        painter.drawText(box, flags | Qt.TextFlag.TextDontClip.value, words)
    painter.restore()


def _bands(painter: QPainter, layout: _Layout, label: str, said: str) -> None:
    painter.setFont(layout.fonts[_SMALL_STRONG])
    bottom = layout.height + _BAND
    top = QRectF(0, 0, layout.width, _BAND)
    foot = QRectF(0, bottom, layout.width, _BAND)
    painter.drawText(top, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), label)
    painter.drawText(foot, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), label)
    painter.drawText(foot, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), said)


def _font(points: float, bold: bool) -> QFont:
    made = QFont("Inter")
    made.setPointSizeF(points)
    made.setBold(bold)
    return made
