"""Pages for paper: a letter as a PDF, made by Qt's own text engine. Nothing is fetched, and no word is markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import (
    QFont,
    QPageLayout,
    QPageSize,
    QPdfWriter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextListFormat,
)

from triage_app.domain.letters import Block

_MARGIN_MM: Final = 25.0
_SIZES: Final = {"title": 16.0, "heading": 13.0}
_BODY: Final = 11.5
"""Points. Nothing smaller: letters are read by people without their glasses."""

_AFTER: Final = 8.0
_DPI: Final = 300


def pdf(blocks: Sequence[Block], title: str) -> bytes:
    """Return a letter as an A4 PDF."""
    document = QTextDocument()
    document.setDefaultFont(QFont("Inter", 12))
    cursor = QTextCursor(document)
    for number, block in enumerate(blocks):
        shape = QTextBlockFormat()
        shape.setBottomMargin(_AFTER)
        if block.kind in _SIZES:
            shape.setHeadingLevel(1 if block.kind == "title" else 2)
            shape.setTopMargin(_AFTER if number else 0)
        face = QTextCharFormat()
        face.setFontPointSize(_SIZES.get(block.kind, _BODY))
        face.setFontWeight(QFont.Weight.DemiBold if block.kind in _SIZES else QFont.Weight.Normal)
        if block.kind == "list":
            _list(cursor, block, face, first=number == 0)
            continue
        if number:
            cursor.insertBlock(shape, face)
            listed = cursor.currentList()
            if listed is not None:
                listed.remove(cursor.block())
        cursor.setBlockFormat(shape)
        # A line that belongs to its paragraph is not a paragraph of its own.
        cursor.insertText("\u2028".join(block.lines), face)
    data = QByteArray()
    into = QBuffer(data)
    into.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(into)
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setCreator("Triage")
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait,
            QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM), QPageLayout.Unit.Millimeter,
        )
    )  # fmt: skip
    document.print_(writer)
    into.close()
    return bytes(data.data())


def _list(cursor: QTextCursor, block: Block, face: QTextCharFormat, *, first: bool) -> None:
    shape = QTextListFormat()
    shape.setStyle(QTextListFormat.Style.ListDisc)
    if not first:
        cursor.insertBlock(QTextBlockFormat(), face)
    cursor.createList(shape)
    for number, line in enumerate(block.lines):
        if number:
            cursor.insertBlock()  # one more entry of the list
        apart = cursor.blockFormat()
        apart.setBottomMargin(_AFTER / 2)
        cursor.setBlockFormat(apart)
        cursor.insertText(line, face)
