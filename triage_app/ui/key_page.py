"""A page for the wall or the post: who a device or an authority is, its words, and the same as a QR code."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPainter, QPdfWriter

from triage_app.services.key_cards import KeyCard
from triage_app.ui.text import visible
from triage_app.ui.widgets.qr_code import paint_code

_DPI: Final = 300
_MARGIN_MM: Final = 20
_TITLE, _WORDS, _BODY, _MONO = 20.0, 26.0, 12.0, 9.0
"Points on paper: the words are read from two metres."
_CODE_MM: Final = 70
_GAP: Final = 70
"Dots between two parts."


def as_pdf(card: KeyCard, role: str) -> bytes:
    """Return the page as PDF, A4; ``role`` says in words what the key is. Nothing on it is secret."""
    data = QByteArray()
    into = QBuffer(data)
    into.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(into)
    writer.setResolution(_DPI)
    writer.setTitle(visible(card.name, 80, lines=False))
    writer.setCreator("Triage")
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
        )
    )
    painter = QPainter(writer)
    _draw(painter, writer.pageLayout().paintRectPixels(_DPI).width(), card, role)
    painter.end()
    into.close()
    return bytes(data.data())


def _draw(painter: QPainter, width: int, card: KeyCard, role: str) -> None:
    tr = QCoreApplication.translate
    top = 0.0

    def write(words: str, points: float, *, bold: bool = False, family: str = "Inter", gap: int = _GAP) -> None:
        nonlocal top
        face = QFont(family)
        face.setPointSizeF(points)
        face.setBold(bold)
        painter.setFont(face)
        flags = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft)
        box = QRectF(0, top, width, 100_000)
        taken = painter.boundingRect(box, flags, visible(words, 400, lines=False))
        painter.drawText(box, flags, visible(words, 400, lines=False))
        top += taken.height() + gap

    nation = f" ({card.nation})" if card.nation else ""
    write(card.name, _TITLE, bold=True, gap=16)
    write(f"{card.body}{nation}", _BODY, gap=16)
    write(f"{role}, {card.tag}" + (", " + tr("KeyPage", "for exercises") if card.exercise else ""), _BODY)
    write(tr("KeyPage", "Its words"), _BODY, bold=True, gap=20)
    write(card.words, _WORDS, bold=True)
    side = _CODE_MM / 25.4 * _DPI
    paint_code(painter, QRectF(0, top, side, side), card.scanned)
    top += side + 30
    write(card.scanned, _MONO, family="JetBrains Mono")
    write(
        tr("KeyPage", "Whoever is about to trust this key compares these six words, in this order, with those on their "
                      "own screen: by telephone, on a number they already had, or with this page in hand. The code "
                      "holds the whole key. Nothing here is secret."),
        _BODY,
    )  # fmt: skip
