"""Buttons: primary (one an area), secondary, quiet, link and danger, each with its key drawn inside at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from triage_app.ui import icons, painting, theme
from triage_app.ui.text import tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Palette, Size

KINDS = ("primary", "secondary", "quiet", "link", "danger")
_PAD = 12


def plain_name(text: str) -> str:
    """Return a button's text without its mnemonic mark, for a screen reader."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


class PlaceButton(QAbstractButton):
    """A button that leads to a place, and knows whether one is there.

    Qt calls every button that can be checked a check box, so these are none: a screen reader hears a button, and
    with the place one is in that it is the one shown.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_here = False
        self._described = ""

    def isChecked(self) -> bool:
        """Tell whether one is there."""
        return self._is_here

    def setChecked(self, here: bool) -> None:
        """Say that one is there, or no longer."""
        if here != self._is_here:
            self._is_here = here
            self.describe(self._described)
            self.update()

    def describe(self, words: str) -> None:
        """Set what is said behind the name, such as the key that leads there."""
        self._described = words
        here = self.tr("shown now") if self._is_here else ""
        self.setAccessibleDescription(", ".join(part for part in (here, words) if part))


class Button(QAbstractButton):
    """One of our buttons. ``key`` is shown, not bound: binding it is the view's affair."""

    def __init__(
        self,
        text: str,
        kind: str = "secondary",
        *,
        icon: str = "",
        key: str = "",
        wide: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """``wide`` sets the text at the left and the key at the right edge, as in an action bar.

        Raises ``ValueError`` for a kind that does not exist.
        """
        super().__init__(parent)
        if kind not in KINDS:
            raise ValueError(kind)
        self._kind = kind
        self._icon = icon
        self._key = key
        self._wide = wide
        self._bare = False
        self._hover = False
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        horizontal = QSizePolicy.Policy.Expanding if wide else QSizePolicy.Policy.Fixed
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def setText(self, text: str) -> None:
        """Show text; its accessible name follows."""
        super().setText(visible(text, 200, lines=False))
        self.setAccessibleName(plain_name(self.text()))
        self.updateGeometry()

    def set_key(self, key: str) -> None:
        """Show another key cap, or none."""
        self._key = key
        self.updateGeometry()
        self.update()

    def set_bare(self, bare: bool) -> None:
        """Show the icon alone, the name in a tooltip: for narrow windows."""
        self._bare = bare and bool(self._icon)
        self.setToolTip(tooltip(plain_name(self.text())) if self._bare else "")
        self.updateGeometry()
        self.update()

    def _face(self) -> str:
        return "small_strong" if self._kind == "primary" else "small"

    def _pad(self) -> int:
        return {"link": 0, "quiet": _PAD - 2}.get(self._kind, _PAD)

    def sizeHint(self) -> QSize:
        """Return 32 high, and as wide as icon, text and key need."""
        if self._bare or not self.text():
            return QSize(Size.BUTTON, Size.BUTTON)
        width = 2 * self._pad() + QFontMetricsF(font(self._face())).horizontalAdvance(plain_name(self.text())) + 1
        if self._icon:
            width += Size.ICON + 8
        if self._key:
            width += 8 + painting.key_width(self._key) - (4 if self._pad() else 0)
        height = 24 if self._kind == "link" else Size.BUTTON
        return QSize(round(width), height)

    def minimumSizeHint(self) -> QSize:
        """Never cut a button."""
        return self.sizeHint()

    def full_width(self) -> int:
        """Return how wide it is with its words, also while only its icon is shown."""
        bare, self._bare = self._bare, False
        width = self.sizeHint().width()
        self._bare = bare
        return width

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the ground of a button under the mouse."""
        self._hover = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Show the plain ground."""
        self._hover = False
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def _inks(self, p: Palette) -> tuple[str | None, str | None, str]:
        """Return fill, edge and ink."""
        if not self.isEnabled():
            off = p.faint if p.high_contrast else p.line
            return (None if self._kind in ("quiet", "link") else p.sunken), off if self._edged() else None, p.faint
        pressed = self.isDown() or self.isChecked()
        if self._kind == "primary":
            return (p.hover if self._hover or pressed else p.accent), None, p.onaccent
        if self._kind == "danger":
            return (p.red_bg if self._hover or pressed else p.surface), p.red, p.red
        if self._kind == "link":
            return None, None, p.hover if self._hover else p.accent
        if self._kind == "quiet":
            lit = p.sel if pressed else p.sunken if self._hover else None
            edge = p.accent if p.high_contrast and (self._hover or pressed) else None
            return lit, edge, p.text if self._hover else p.text2
        edge = p.accent if p.high_contrast and self._hover else p.edge
        return (p.sel if pressed else p.sunken if self._hover else p.surface), edge, p.text

    def _edged(self) -> bool:
        return self._kind in ("secondary", "danger", "primary")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button."""
        p = theme.current().palette
        painter = QPainter(self)
        box = QRectF(self.rect())
        fill, edge, ink = self._inks(p)
        painting.rounded(
            painter, box, Size.RADIUS_CONTROL, QColor(fill) if fill else None, QColor(edge) if edge else None,
            dashed=p.high_contrast and not self.isEnabled(),
        )  # fmt: skip
        if self.text() and not self._bare:
            self._paint_words(painter, box, QColor(ink), p)
        elif self._icon:  # neither words nor an icon: a link that is still to be given its words
            middle = QRectF(0, 0, Size.ICON, Size.ICON)
            middle.moveCenter(box.center())
            icons.paint(painter, self._icon, middle, QColor(ink))
        if self._kind == "link" and self._hover:
            painter.setPen(QColor(ink))
            painter.drawLine(0, self.height() - 4, self.width(), self.height() - 4)
        painter.end()

    def _paint_words(self, painter: QPainter, box: QRectF, ink: QColor, p: Palette) -> None:
        left, right = float(self._pad()), box.width() - self._pad()
        if self._key:
            width = painting.key_width(self._key)
            cap_right = right + (4 if self._pad() else 0)
            cap = QRectF(cap_right - width, round((box.height() - Size.KEY) / 2), width, Size.KEY)
            soft = p.text2 if self._kind in ("quiet",) and self.isEnabled() else None
            inked = self._kind in ("primary", "danger", "link") or not self.isEnabled()
            edge = QColor(ink) if inked else QColor(p.edge)
            painting.key_cap(painter, cap, self._key, QColor(soft) if soft else ink, edge)
            right = cap.left() - 8
        if self._icon:
            icons.paint(painter, self._icon, QRectF(left, (box.height() - Size.ICON) / 2, Size.ICON, Size.ICON), ink)
            left += Size.ICON + 8
        painter.setFont(font(self._face()))
        painter.setPen(ink)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        flags = int(align.value) | int(Qt.TextFlag.TextSingleLine.value) | int(Qt.TextFlag.TextHideMnemonic.value)
        painter.drawText(QRectF(left, 0, right - left + 2, box.height()), flags, self.text())


def primary(text: str, *, icon: str = "", key: str = "", wide: bool = False) -> Button:
    """Return the one button an area is about."""
    return Button(text, "primary", icon=icon, key=key, wide=wide)


def secondary(text: str, *, icon: str = "", key: str = "", wide: bool = False) -> Button:
    """Return an ordinary button."""
    return Button(text, "secondary", icon=icon, key=key, wide=wide)


def quiet(text: str, *, icon: str = "", key: str = "") -> Button:
    """Return a button without a border."""
    return Button(text, "quiet", icon=icon, key=key)


def link(text: str, *, key: str = "") -> Button:
    """Return a button that reads as a link inside the program."""
    return Button(text, "link", key=key)


def danger(text: str, *, icon: str = "", key: str = "", wide: bool = False) -> Button:
    """Return a button that destroys something; what it does must ask first."""
    return Button(text, "danger", icon=icon, key=key, wide=wide)


def icon_button(name: str, icon: str, kind: str = "quiet") -> Button:
    """Return a button that shows an icon alone; ``name`` is its tooltip and accessible name."""
    made = Button(name, kind, icon=icon)
    made.set_bare(True)
    return made


def need_room(buttons: Sequence[Button], gap: int, beside: int = 0) -> int:
    """Return how wide a row of buttons is with their words, with what stands beside them."""
    return sum(button.full_width() + gap for button in buttons if not button.isHidden()) + beside
