"""The custody form as PDF: laid out from plain words by Qt, no markup anywhere, the label on every page."""

from __future__ import annotations

from collections.abc import Sequence
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

from triage_app.services.custody_form import BLANK_LINES, CustodyForm

_DPI: Final = 150
_MARGIN_MM: Final = 16
_BAND: Final = 60
"Dots kept free above and below for the label and the number of the page: a third of an inch."

_BODY, _HEAD, _SMALL = 9.0, 14.0, 8.0
"Points on paper."


def as_pdf(form: CustodyForm) -> bytes:
    """Return a form as PDF, A4."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(form.title)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
        )
    )
    room = writer.pageLayout().paintRectPixels(_DPI)
    document = QTextDocument()
    document.documentLayout().setPaintDevice(writer)
    document.setDocumentMargin(0)
    height = room.height() - 2 * _BAND
    document.setPageSize(QSizeF(room.width(), height))
    _fill(document, form)
    painter = QPainter(writer)
    count = document.pageCount()
    for number in range(count):
        if number:
            writer.newPage()
        painter.save()
        painter.translate(0, _BAND - number * height)
        document.drawContents(painter, QRectF(0, number * height, room.width(), height))
        painter.restore()
        painter.setFont(_font(_SMALL, bold=True))
        said = QCoreApplication.translate("CustodyPrint", "Page {0} of {1}").format(number + 1, count)
        top = QRectF(0, 0, room.width(), _BAND)
        foot = QRectF(0, room.height() - _BAND, room.width(), _BAND)
        painter.drawText(top, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), form.label)
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), form.label)
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), said)
    painter.end()
    data: QByteArray = buffer.data()
    return bytes(data.data())


def _font(points: float, *, bold: bool = False) -> QFont:
    made = QFont("Inter")
    made.setPointSizeF(points)
    made.setBold(bold)
    return made


def _format(points: float, *, bold: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(_font(points, bold=bold))
    made.setForeground(Qt.GlobalColor.black)  # paper is white, whatever the colours of the window
    return made


def _fill(document: QTextDocument, form: CustodyForm) -> None:
    tr = QCoreApplication.translate
    cursor = QTextCursor(document)
    cursor.insertText(form.title, _format(_HEAD, bold=True))
    _table(cursor, [], [(name, words) for name, words in form.facts], (21, 79))
    _heading(cursor, tr("CustodyPrint", "Through whose hands it went"))
    head = [
        tr("CustodyPrint", "When"),
        tr("CustodyPrint", "What"),
        tr("CustodyPrint", "Who"),
        tr("CustodyPrint", "More"),
    ]
    blank = [("", "", "", "")] * BLANK_LINES
    _table(cursor, head, [*form.custody, *blank], (22, 14, 30, 34))
    _heading(cursor, tr("CustodyPrint", "Views and exports on this laptop"))
    none = (tr("CustodyPrint", "None noted"), "", "")
    head = [tr("CustodyPrint", "When"), tr("CustodyPrint", "What"), tr("CustodyPrint", "Who")]
    _table(cursor, head, form.looked or [none], (30, 30, 40))
    signed = tr("CustodyPrint", "Signature of the holder, name and date:")
    cursor.insertBlock(_spaced(24), _format(_BODY))
    cursor.insertText(f"{signed} {'_' * 60}", _format(_BODY))
    cursor.insertBlock(_spaced(12), _format(_SMALL))
    cursor.insertText(form.foot, _format(_SMALL))


def _spaced(above: float) -> QTextBlockFormat:
    made = QTextBlockFormat()
    made.setTopMargin(above)
    return made


def _heading(cursor: QTextCursor, words: str) -> None:
    cursor.insertBlock(_spaced(18), _format(_BODY))
    cursor.insertText(words, _format(_BODY + 1, bold=True))


def _table(cursor: QTextCursor, head: list[str], rows: Sequence[tuple[str, ...]], widths: tuple[int, ...]) -> None:
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
    for column, words in enumerate(head):
        table.cellAt(0, column).firstCursorPosition().insertText(words, _format(_BODY, bold=True))
    for number, cells in enumerate(rows, start=int(bool(head))):
        for column, words in enumerate(cells):
            bold = not head and column == 0
            table.cellAt(number, column).firstCursorPosition().insertText(words or " ", _format(_BODY, bold=bold))
    cursor.movePosition(QTextCursor.MoveOperation.End)
