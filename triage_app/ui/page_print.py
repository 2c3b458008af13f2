"""Pages for paper as PDF: laid out from plain words by Qt, no markup anywhere, the label on every page.

Nothing here touches a window, so it may run on any thread; painting goes page by page, so that no other waits long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLength,
    QTextTableFormat,
)

from triage_app.services.printed import Printed

_DPI: Final = 150
_MARGIN_MM: Final = 16
_BAND: Final = 60
"Dots kept free above and below for the label and the number of the page: a third of an inch."
BODY, HEAD, SMALL = 9.0, 14.0, 8.0
"Points on paper."
_NAMES: Final = (21, 79)
"Per cent of the page that names of facts and what they say take."


def as_pdf(page: Printed) -> bytes:
    """Return a page as PDF, A4."""

    def fill(document: QTextDocument) -> None:
        cursor = QTextCursor(document)
        cursor.insertText(page.title, text_format(HEAD, bold=True))
        if page.facts:
            add_table(cursor, (), page.facts, _NAMES)
        for part in page.parts:
            add_heading(cursor, part.heading)
            if part.words:
                cursor.insertBlock(spaced(4), text_format(BODY))
                cursor.insertText(part.words, text_format(BODY))
            if part.rows:
                add_table(cursor, part.heads, part.rows, part.widths)
        cursor.insertBlock(spaced(12), text_format(SMALL))
        cursor.insertText(page.foot, text_format(SMALL))

    return laid_out(page.title, page.label, fill)


def laid_out(title: str, label: str, fill: Callable[[QTextDocument], None]) -> bytes:
    """Return what ``fill`` writes into a document as PDF, A4, with a label above and below on every page."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setCreator("Triage")
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
        )
    )
    room = writer.pageLayout().paintRectPixels(_DPI)
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.documentLayout().setPaintDevice(writer)
    document.setDocumentMargin(0)
    height = room.height() - 2 * _BAND
    document.setPageSize(QSizeF(room.width(), height))
    fill(document)
    painter = QPainter(writer)
    count = document.pageCount()
    for number in range(count):
        if number:
            writer.newPage()
        painter.save()
        painter.translate(0, _BAND - number * height)
        document.drawContents(painter, QRectF(0, number * height, room.width(), height))
        painter.restore()
        painter.setFont(page_font(SMALL, bold=True))
        said = QCoreApplication.translate("PagePrint", "Page {0} of {1}").format(number + 1, count)
        top = QRectF(0, 0, room.width(), _BAND)
        foot = QRectF(0, room.height() - _BAND, room.width(), _BAND)
        painter.drawText(top, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), label)
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), label)
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), said)
    painter.end()
    data: QByteArray = buffer.data()
    return bytes(data.data())


def page_font(points: float, *, bold: bool = False) -> QFont:
    """Return the font of a page, whatever the window's own size of text."""
    made = QFont("Inter")
    made.setPointSizeF(points)
    made.setBold(bold)
    return made


def text_format(points: float, *, bold: bool = False) -> QTextCharFormat:
    """Return how words look on paper."""
    made = QTextCharFormat()
    made.setFont(page_font(points, bold=bold))
    made.setForeground(Qt.GlobalColor.black)  # paper is white, whatever the colours of the window
    return made


def spaced(above: float) -> QTextBlockFormat:
    """Return a block with room above it."""
    made = QTextBlockFormat()
    made.setTopMargin(above)
    return made


def add_heading(cursor: QTextCursor, words: str) -> None:
    """Begin a part of the page."""
    cursor.insertBlock(spaced(18), text_format(BODY))
    cursor.insertText(words, text_format(BODY + 1, bold=True))


def add_table(cursor: QTextCursor, head: Sequence[str], rows: Sequence[tuple[str, ...]], widths: Sequence[int]) -> None:
    """Add rows of words under heads that stand again on each page; without heads the first column is bold."""
    layout = QTextTableFormat()
    layout.setCellPadding(5)
    layout.setCellSpacing(0)
    layout.setBorder(1)
    layout.setBorderCollapse(True)
    layout.setTopMargin(8)
    layout.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    layout.setColumnWidthConstraints([QTextLength(QTextLength.Type.PercentageLength, width) for width in widths])
    layout.setHeaderRowCount(1 if head else 0)
    table = cursor.insertTable(len(rows) + bool(head), len(widths), layout)
    strong, plain = text_format(BODY, bold=True), text_format(BODY)
    for column, words in enumerate(head):
        table.cellAt(0, column).firstCursorPosition().insertText(words, strong)
    for number, cells in enumerate(rows, start=int(bool(head))):
        for column, words in enumerate(cells):
            face = strong if not head and column == 0 else plain
            table.cellAt(number, column).firstCursorPosition().insertText(words or " ", face)
    cursor.movePosition(QTextCursor.MoveOperation.End)
