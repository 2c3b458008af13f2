"""One page of the manual on the screen: laid out cell by cell from its blocks, and never from markup."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTableFormat,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from triage_app.services.manual import Block, Code, Heading, Items, Line, Page, Paragraph, Table
from triage_app.ui import theme
from triage_app.ui.text import visible
from triage_app.ui.theme import font

_TYPE: Final = {1: "h1", 2: "h2", 3: "h3"}
_MARGIN: Final = 16
_GAP: Final = 8
_INDENT: Final = 24


class ManualPage(QTextBrowser):
    """Shows a page. It fetches nothing, from nowhere; a link is only told to whoever listens."""

    link_followed = Signal(str)
    """The page, and heading, that a link leads to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFont(font("body"))
        self.document().setDefaultFont(font("body"))
        self.document().setDocumentMargin(_MARGIN)
        self.document().setIndentWidth(_INDENT)
        self.setAccessibleName(self.tr("Page of the manual"))
        self._anchors: dict[str, int] = {}
        self._anchor, self._left_at = "", 0
        "The heading that was gone to, and where the scroll bar was left for it."
        self.anchorClicked.connect(lambda url: self.link_followed.emit(url.toString()))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Load nothing: a page has no pictures, and what it shows is already in it."""
        return None

    def show_page(self, page: Page) -> None:
        """Show a page from its top."""
        document = self.document()
        document.clear()
        self._anchors.clear()
        cursor = QTextCursor(document)
        for at, block in enumerate(page.blocks):
            self._write(cursor, block, at == 0)
        self.setAccessibleName(self.tr("{0}, page of the manual").format(page.title))
        self.go_to("")

    def go_to(self, anchor: str) -> None:
        """Go to a heading, or to the top: what is read from the cursor on begins there too."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._anchors.get(anchor, 0))
        self.setTextCursor(cursor)
        self._anchor = anchor
        self._scroll()

    def _scroll(self) -> None:
        block = self.document().findBlock(self._anchors.get(self._anchor, 0))
        top = self.document().documentLayout().blockBoundingRect(block).top() if self._anchor in self._anchors else 0
        self.verticalScrollBar().setValue(round(top) - _GAP)
        self._left_at = self.verticalScrollBar().value()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the heading that was gone to at the top, where nobody has scrolled since: its lines break elsewhere now.

        A page is gone to before its window is shown, and so before it has its width.
        """
        stays = self.verticalScrollBar().value() == self._left_at
        super().resizeEvent(event)
        if stays and self._anchor:
            self._scroll()

    def count(self, words: str) -> int:
        """Return how often words stand on the page, case aside."""
        return self.toPlainText().casefold().count(words.casefold()) if words else 0

    # -- blocks -------------------------------------------------------------------------------------------

    def _write(self, cursor: QTextCursor, block: Block, first: bool) -> None:
        if isinstance(block, Table):
            self._table(cursor, block)
        elif isinstance(block, Items):
            self._items(cursor, block)
        elif isinstance(block, Code):
            self._code(cursor, block)
        else:
            self._words(cursor, block, first)

    def _words(self, cursor: QTextCursor, block: Heading | Paragraph, first: bool) -> None:
        form, signs = _spaced(), _signs()
        if isinstance(block, Heading):
            form.setHeadingLevel(block.level)
            form.setTopMargin(0 if first else 2 * _GAP)
            signs.setFont(font(_TYPE[block.level]))
        if first:
            cursor.setBlockFormat(form)
            cursor.setCharFormat(signs)
        else:
            cursor.insertBlock(form, signs)
        if isinstance(block, Heading):
            self._anchors.setdefault(block.anchor, cursor.position())
        _insert(cursor, block.line, signs)

    def _items(self, cursor: QTextCursor, block: Items) -> None:
        shape = QTextListFormat()
        numbered, plain = QTextListFormat.Style.ListDecimal, QTextListFormat.Style.ListDisc
        shape.setStyle(numbered if block.numbered else plain)
        made = None
        for line in block.lines:
            form = _spaced(_GAP // 2)
            cursor.insertBlock(form, _signs())
            if made is None:
                made = cursor.createList(shape)
            else:
                made.add(cursor.block())
            _insert(cursor, line, _signs())

    def _code(self, cursor: QTextCursor, block: Code) -> None:
        for text in block.text.split("\n"):
            form, signs = _spaced(0), _signs()
            form.setLeftMargin(_GAP)
            form.setBackground(theme.colour("sunken"))
            signs.setFont(font("mono"))
            cursor.insertBlock(form, signs)
            cursor.insertText(visible(text), signs)

    def _table(self, cursor: QTextCursor, block: Table) -> None:
        shape = QTextTableFormat()
        shape.setBorder(1)
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        shape.setBorderBrush(theme.colour("line"))
        shape.setBorderCollapse(True)
        shape.setCellPadding(6)
        shape.setHeaderRowCount(1)
        shape.setTopMargin(_GAP)
        shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        made = cursor.insertTable(len(block.rows), len(block.rows[0]), shape)
        for y, cells in enumerate(block.rows):
            for x, line in enumerate(cells):
                signs = _signs()
                if y == 0:
                    signs.setFont(font("body_strong"))
                _insert(made.cellAt(y, x).firstCursorPosition(), line, signs)
        cursor.movePosition(QTextCursor.MoveOperation.End)


def _spaced(gap: int = _GAP) -> QTextBlockFormat:
    form = QTextBlockFormat()
    form.setTopMargin(gap)
    return form


def _signs() -> QTextCharFormat:
    signs = QTextCharFormat()
    signs.setFont(font("body"))
    signs.setForeground(theme.colour("text"))
    return signs


def _insert(cursor: QTextCursor, line: Line, base: QTextCharFormat) -> None:
    for run in line:
        signs = QTextCharFormat(base)
        if run.kind == "code":
            signs.setFont(font("mono"))
            signs.setBackground(theme.colour("sunken"))
        elif run.kind == "strong":
            signs.setFontWeight(QFont.Weight.DemiBold)
        elif run.kind == "name":
            signs.setFontItalic(True)
        elif run.kind == "link":
            signs.setAnchor(True)
            signs.setAnchorHref(run.target)
            signs.setForeground(theme.colour("accent"))
            signs.setFontUnderline(True)
        cursor.insertText(visible(run.text), signs)
