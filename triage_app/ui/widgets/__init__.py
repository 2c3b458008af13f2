"""The parts that every view is made of.

Each is loaded when it is first asked for: the locked page needs few of them, and Qt makes a type only once it is named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from triage_app.ui.widgets.activity import Activity
    from triage_app.ui.widgets.badges import Badge, ClockBadge, SeverityBadge, StateBadge, TlpBadge
    from triage_app.ui.widgets.banner import Banner, ModeBanner
    from triage_app.ui.widgets.bar_chart import BarChart, Series, ShareBar
    from triage_app.ui.widgets.buttons import Button, danger, icon_button, link, primary, quiet, secondary
    from triage_app.ui.widgets.cards import Card, CountTile, Facts, Suggestion
    from triage_app.ui.widgets.checks import CheckBox, Radio
    from triage_app.ui.widgets.chips import Chip
    from triage_app.ui.widgets.count_chip import CountChip
    from triage_app.ui.widgets.empty_state import EmptyState
    from triage_app.ui.widgets.few_lines import FewLines
    from triage_app.ui.widgets.fields import Choice, FormRow, SearchField, TextArea, TextField
    from triage_app.ui.widgets.flow import Flow
    from triage_app.ui.widgets.focus_ring import FocusRing
    from triage_app.ui.widgets.keycap import KeyCap, KeyHints
    from triage_app.ui.widgets.panel import Landing, Line, Panel, Rule, ScrollPage, column, row
    from triage_app.ui.widgets.progress import ProgressLine, ProgressStrip
    from triage_app.ui.widgets.result_line import ResultLine
    from triage_app.ui.widgets.splitter import KeptSplitter
    from triage_app.ui.widgets.status_bar import Glyph, paint_glyph
    from triage_app.ui.widgets.tabs import Tabs
    from triage_app.ui.widgets.voice import announce

__all__ = [
    "Activity",
    "Badge",
    "Banner",
    "BarChart",
    "Button",
    "Card",
    "CheckBox",
    "Chip",
    "Choice",
    "ClockBadge",
    "CountChip",
    "CountTile",
    "EmptyState",
    "Facts",
    "FewLines",
    "Flow",
    "FocusRing",
    "FormRow",
    "Glyph",
    "KeptSplitter",
    "KeyCap",
    "KeyHints",
    "Landing",
    "Line",
    "ModeBanner",
    "Panel",
    "ProgressLine",
    "ProgressStrip",
    "Radio",
    "ResultLine",
    "Rule",
    "ScrollPage",
    "SearchField",
    "Series",
    "SeverityBadge",
    "ShareBar",
    "StateBadge",
    "Suggestion",
    "Tabs",
    "TextArea",
    "TextField",
    "TlpBadge",
    "announce",
    "column",
    "danger",
    "icon_button",
    "link",
    "paint_glyph",
    "primary",
    "quiet",
    "row",
    "secondary",
]

_HOLDS: Final = {
    "activity": "Activity",
    "badges": "Badge ClockBadge SeverityBadge StateBadge TlpBadge",
    "banner": "Banner ModeBanner",
    "bar_chart": "BarChart Series ShareBar",
    "buttons": "Button danger icon_button link primary quiet secondary",
    "cards": "Card CountTile Facts Suggestion",
    "checks": "CheckBox Radio",
    "chips": "Chip",
    "count_chip": "CountChip",
    "empty_state": "EmptyState",
    "few_lines": "FewLines",
    "fields": "Choice FormRow SearchField TextArea TextField",
    "flow": "Flow",
    "focus_ring": "FocusRing",
    "keycap": "KeyCap KeyHints",
    "panel": "Landing Line Panel Rule ScrollPage column row",
    "progress": "ProgressLine ProgressStrip",
    "result_line": "ResultLine",
    "splitter": "KeptSplitter",
    "status_bar": "Glyph paint_glyph",
    "tabs": "Tabs",
    "voice": "announce",
}
"Module here → the names that it holds, as above."
_MODULE_OF: Final = {name: module for module, names in _HOLDS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Return a part, loading its module. Raises ``AttributeError`` for a name that is none."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return found
