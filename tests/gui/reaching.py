"""What is wrong with a window for somebody who hears it, or has no steady hand: names, roles, the way round, sizes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)

from triage_app.ui.widgets.buttons import PlaceButton

LEAST = 24
"""Logical pixels that whatever is clicked must have both ways (WCAG 2.2, 2.5.8)."""
MOST_STEPS = 500
_TYPED = (QLineEdit, QPlainTextEdit, QTextEdit)
_CLICKED = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox)
_NO_ROLE = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window)


def spoken(widget: QWidget) -> tuple[str, QAccessible.Role]:
    """Return the name and the role that a screen reader is given."""
    found = QAccessible.queryAccessibleInterface(widget)
    return found.text(QAccessible.Text.Name), found.role()


def called(widget: QWidget | None) -> str:
    """Return a widget's class and name, for a message."""
    return "nothing" if widget is None else f"{type(widget).__name__} “{widget.accessibleName()[:60]}”"


def focusables(shown: QWidget) -> list[QWidget]:
    """Return what is in view and can have the focus; what hands it on to a part of itself is that part."""
    return [
        one
        for one in shown.findChildren(QWidget)
        if one.isVisible() and one.isEnabled() and one.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]


def nameless(shown: QWidget) -> list[str]:
    """Return what can have the focus and has no name."""
    return [
        f"no name: {called(one)} in {called(one.parentWidget())}"
        for one in focusables(shown)
        if not spoken(one)[0].strip()
    ]


def strange_roles(shown: QWidget) -> list[str]:
    """Return what a screen reader would call something that it is not."""
    found = []
    for one in focusables(shown):
        role = spoken(one)[1]
        if isinstance(one, PlaceButton):
            wrong = role != QAccessible.Role.Button
        elif isinstance(one, QAbstractButton):
            ticked = (QAccessible.Role.CheckBox, QAccessible.Role.RadioButton)
            wrong = (role in ticked) != one.isCheckable()
        elif isinstance(one, _TYPED):
            wrong = role not in (QAccessible.Role.EditableText, QAccessible.Role.StaticText)
        elif isinstance(one, QComboBox):
            wrong = role != QAccessible.Role.ComboBox
        elif isinstance(one, QAbstractItemView):
            wrong = role not in (QAccessible.Role.Table, QAccessible.Role.List, QAccessible.Role.Tree)
        else:
            wrong = False
        if wrong:
            found.append(f"{called(one)} is said to be {role.name}")
    return found


def unheard(shown: QWidget) -> list[str]:
    """Return the labels whose accessible name stands in the place of their words: a screen reader has only the name."""
    found = []
    for one in shown.findChildren(QLabel):
        words = " ".join(one.text().split())
        if one.isVisible() and one.accessibleName() and words not in " ".join(one.accessibleName().split()):
            found.append(f"{called(one)} hides “{words[:60]}”")
    return found


def too_small(shown: QWidget) -> list[str]:
    """Return what is clicked and is less than ``LEAST`` high or wide."""
    found = []
    for kind in _CLICKED:
        for one in shown.findChildren(kind):
            inside = isinstance(one.parentWidget(), QComboBox | QLineEdit)
            if one.isVisible() and not inside and min(one.width(), one.height()) < LEAST:
                found.append(f"{called(one)} is {one.width()} x {one.height()}")
    return found


def trapped(shown: QWidget) -> list[str]:
    """Press Tab until the focus is where it began; return where it stays, or what it never comes to."""
    began = QApplication.focusWidget()
    if began is None or not (shown is began or shown.isAncestorOf(began)):
        return (
            [f"the keyboard is with {called(began)}, not here"]
            if any(is_stop(one) for one in focusables(shown))
            else []
        )
    QTest.keyClick(began, Qt.Key.Key_Tab)
    seen: list[QWidget] = []
    here = QApplication.focusWidget()
    while here is not None and here not in seen and len(seen) < MOST_STEPS:
        seen.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
    found = []
    if here is None or not seen:
        found.append(f"Tab leads nowhere after {called(seen[-1] if seen else began)}")
    elif here is not seen[0]:
        found.append(f"Tab never leaves {called(here)}")
    elif len(seen) > 1:
        QTest.keyClick(here, Qt.Key.Key_Backtab)
        if QApplication.focusWidget() is not seen[-1]:
            found.append(f"Shift Tab does not lead from {called(here)} to {called(seen[-1])}")
    wanted = [one for one in focusables(shown) if is_stop(one) and one not in seen]
    found += [f"Tab never comes to {called(one)}" for one in wanted]
    if began.isVisible():
        began.setFocus(Qt.FocusReason.OtherFocusReason)
    return found


def is_stop(one: QWidget) -> bool:
    """Tell whether Tab should stop at it: a page that scrolls and what hands the focus on need not be."""
    step: QWidget | None = one
    while step is not None:
        if isinstance(step, QMenuBar):
            return False
        step = step.parentWidget()
    tabbed = bool(one.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tabbed and one.focusProxy() is None and not isinstance(one, QScrollArea)
