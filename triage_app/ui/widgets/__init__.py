"""The parts that every view is made of."""

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
from triage_app.ui.widgets.fields import Choice, DateTimeField, FormRow, SearchField, TextArea, TextField
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
    "DateTimeField",
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
