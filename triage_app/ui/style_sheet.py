"""The one style sheet, made from a palette. It sets no font: fonts are set on widgets, to keep their features."""

from __future__ import annotations

from triage_app.ui.tokens import Palette, Size

_TEXT_ROLES = ("text", "text2", "text3", "accent", "ok", "amber", "red", "missed", "critical", "onaccent")


def build(p: Palette) -> str:
    """Return Qt style sheet text for a palette."""
    roles = "\n".join(f'QLabel[role="{role}"] {{ color: {p.colour(role)}; }}' for role in _TEXT_ROLES)
    tip_edge = p.edge
    return f"""
QLabel {{ background: transparent; }}
{roles}
QLabel:disabled {{ color: {p.faint}; }}
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QComboBox {{
    background: {p.surface}; color: {p.text}; border: 1px solid {p.edge}; border-radius: {Size.RADIUS_CONTROL}px;
    selection-background-color: {p.accent}; selection-color: {p.onaccent};
    placeholder-text-color: {p.faint};
}}
QLineEdit, QSpinBox, QComboBox {{ min-height: {Size.FIELD - 2}px; max-height: {Size.FIELD - 2}px; }}
QLineEdit, QSpinBox {{ padding: 0 9px; }}
QLineEdit[lead="true"] {{ padding-left: 34px; }}
QLineEdit[bare="true"] {{ border: none; background: transparent; }}
QLineEdit[invalid="true"], QComboBox[invalid="true"], QPlainTextEdit[invalid="true"] {{ border: 1px solid {p.red}; }}
QPlainTextEdit, QTextEdit {{ padding: 5px 7px; }}
QComboBox {{ padding: 0 28px 0 11px; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: none; }}
QSpinBox::up-button, QSpinBox::down-button {{
    border: none; width: 0; }}
QLineEdit:disabled, QComboBox:disabled, QPlainTextEdit:disabled, QSpinBox:disabled {{
    background: {p.sunken}; color: {p.faint}; {_off_edge(p)} }}
QComboBox QAbstractItemView, QAbstractItemView[offers="true"], Suggestions {{
    background: {p.surface}; color: {p.text}; border: 1px solid {p.edge}; outline: none; padding: 4px;
    selection-background-color: {p.sel}; selection-color: {p.text};
}}
QComboBox QAbstractItemView::item, QAbstractItemView[offers="true"]::item, Suggestions::item {{
    min-height: 28px; padding: 0 6px; border-radius: 4px; }}
QComboBox QAbstractItemView::item:selected, QAbstractItemView[offers="true"]::item:selected,
Suggestions::item:selected {{
    background: {p.sel}; color: {p.text}; {_hc_edge(p)} }}
QPushButton {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.edge};
    border-radius: {Size.RADIUS_CONTROL}px; padding: 0 12px; min-height: {Size.BUTTON - 2}px; }}
QPushButton:hover, QPushButton:pressed {{ background: {p.sunken}; border-color: {p.accent}; }}
QPushButton:disabled {{ background: {p.sunken}; color: {p.faint}; {_off_edge(p)} }}
QMenuBar {{ background: transparent; border: none; spacing: 0; }}
QMenuBar::item {{ background: transparent; color: {p.text}; padding: 6px 9px; border-radius: {Size.RADIUS_CONTROL}px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {p.sel}; color: {p.text}; }}
QMenu {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.edge}; padding: 4px; }}
QMenu::item {{ padding: 6px 28px 6px 12px; border-radius: 4px; min-height: 18px; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::item:selected {{ background: {p.sel}; color: {p.text}; {_hc_edge(p)} }}
QMenu::item:disabled {{ color: {p.faint}; }}
QMenu::separator {{ height: 1px; background: {p.line}; margin: 4px 8px; }}
QToolTip {{ background: {p.surface}; color: {p.text}; border: 1px solid {tip_edge}; padding: 4px 6px; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {Size.SCROLL}px; margin: 0; border: none; }}
QScrollBar:horizontal {{ background: transparent; height: {Size.SCROLL}px; margin: 0; border: none; }}
QScrollBar::handle:vertical {{ background: {p.bar}; border-radius: 4px; margin: 3px; min-height: 32px; }}
QScrollBar::handle:horizontal {{ background: {p.bar}; border-radius: 4px; margin: 3px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {p.text3}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTableView {{ background: {p.surface}; border: none; outline: none; }}
QHeaderView {{ background: {p.surface}; border: none; }}
QTableCornerButton::section {{ background: {p.surface}; border: none; }}
QSplitter::handle {{ background: {p.line}; }}
"""


def _off_edge(p: Palette) -> str:
    """Return the border of what is switched off: where every ground is black, only its border can tell."""
    return f"border: 1px dashed {p.faint};" if p.high_contrast else f"border-color: {p.line};"


def _hc_edge(p: Palette) -> str:
    return f"border: 1px solid {p.accent};" if p.high_contrast else ""
