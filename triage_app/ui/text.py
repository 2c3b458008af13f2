"""Every label and tooltip is made here, so that imported text is only ever shown, never interpreted.

A default ``QLabel`` guesses at rich text and would open a network path that an attacker wrote.
"""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from triage_app.domain.indicators import hides
from triage_app.domain.indicators import visible as spelt_out
from triage_app.ui.theme import font
from triage_app.ui.tokens import TYPE

TOOLTIP_LIMIT = 2_000
"""Characters; a longer tooltip covers the screen and helps nobody."""

LABEL_LIMIT = 20_000
"""Characters; longer text belongs in a viewer that pages it."""

_TO_SPACES = {ord("\n"): " ", ord("\t"): " "}
_MARK = re.compile("⟦(U\\+[0-9A-F]{4,6})⟧")


def visible(untrusted_text: str, limit: int = LABEL_LIMIT, lines: bool = True) -> str:
    """Return the text with control, bidirectional and invisible characters spelt out, such as ``[U+202E]``.

    ``lines`` keeps line breaks and tabs; otherwise they become spaces. Longer than ``limit`` is cut, with "…".
    """
    cut = untrusted_text[:limit]
    if hides(cut):
        if not lines:
            cut = cut.translate(_TO_SPACES)
        # Our typefaces have no white square brackets, and no other may be relied on.
        cut = _MARK.sub(r"[\1]", spelt_out(cut))
    return cut + "…" if len(untrusted_text) > limit else cut


def tooltip(untrusted_text: str) -> str:
    """Return text for ``setToolTip``, escaped, so that no markup in it is followed."""
    if not untrusted_text:
        return ""
    shown = html.escape(visible(untrusted_text, TOOLTIP_LIMIT)).replace("\n", "<br>")
    return f"<qt>{shown}</qt>"


def text_label(
    text: str,
    token: str = "body",  # noqa: S107 - a type token, no secret
    role: str = "text",
    *,
    wrap: bool = False,
    selectable: bool = False,
    called: str = "",
    parent: QWidget | None = None,
) -> PlainLabel:
    """Return a plain-text label in a type token and a text colour role.

    ``selectable`` lets mouse and keyboard select it. ``called`` is heard before its text. Raises ``KeyError`` for a
    token that is not in the scale.
    """
    label = PlainLabel(parent, called)
    dress(label, token, role)
    label.setText(text)
    label.setWordWrap(wrap)
    if selectable:
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label


def dress(label: QLabel, token: str, role: str) -> None:
    """Give a label its type token and colour role."""
    label.setFont(font(token))
    label.setMinimumHeight(TYPE[token].line)
    set_role(label, role)


def set_role(label: QLabel, role: str) -> None:
    """Change a label's colour role; the style sheet knows the colours."""
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)


class PlainLabel(QLabel):
    """A label that never interprets its text."""

    def __init__(self, parent: QWidget | None = None, called: str = "") -> None:
        """Make an empty plain-text label; ``called`` is heard before its text.

        An accessible name takes the place of a label's text: a name alone would hide the value that it names.
        """
        super().__init__(parent)
        self._called = called
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setOpenExternalLinks(False)

    def setText(self, text: str) -> None:
        """Show text, its control characters made visible."""
        super().setText(visible(text))
        if self._called:
            self.setAccessibleName(f"{self._called}: {self.text()}".replace("\n", " "))


class ElidingLabel(PlainLabel):
    """One line that is cut at the end that matters least; the tooltip holds it whole."""

    def __init__(
        self,
        text: str = "",
        token: str = "body",  # noqa: S107 - a type token, no secret
        role: str = "text",
        keep: str = "start",
        parent: QWidget | None = None,
    ) -> None:
        """``keep`` says which part is never cut: start, end or both."""
        super().__init__(parent)
        modes = {"start": Qt.TextElideMode.ElideRight, "end": Qt.TextElideMode.ElideLeft}
        self._mode = modes.get(keep, Qt.TextElideMode.ElideMiddle)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        dress(self, token, role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show text on one line."""
        super().setText(visible(text, lines=False))
        self._explain()

    def minimumSizeHint(self) -> QSize:
        """A few letters are enough: the rest is in the tooltip."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), 48), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the tooltip only while something is cut."""
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        cut = QFontMetrics(self.font()).horizontalAdvance(self.text()) > self.width()
        self.setToolTip(tooltip(self.text()) if cut else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, cut to the width."""
        painter = QPainter(self)
        room = self.contentsRect()
        shown = QFontMetrics(self.font()).elidedText(self.text(), self._mode, room.width())
        align = int(self.alignment().value) | int(Qt.TextFlag.TextSingleLine.value)
        self.style().drawItemText(painter, room, align, self.palette(), self.isEnabled(), shown, self.foregroundRole())
        painter.end()
