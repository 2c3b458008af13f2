"""The pages of the gallery: the kit's parts as the look arranges them, with invented records."""

from __future__ import annotations

from array import array

from PySide6.QtWidgets import QWidget

from triage_app.ui.table import UNKNOWN, Cell, ClockCell, Column, IdTableModel, RecordTable, StatusCell
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import (
    Activity,
    Banner,
    BarChart,
    Button,
    Card,
    CheckBox,
    Chip,
    Choice,
    ClockBadge,
    CountTile,
    EmptyState,
    Facts,
    Flow,
    FormRow,
    KeyHints,
    Line,
    Panel,
    Radio,
    ResultLine,
    ScrollPage,
    Series,
    SeverityBadge,
    ShareBar,
    StateBadge,
    Suggestion,
    Tabs,
    TextArea,
    TextField,
    TlpBadge,
    column,
    danger,
    icon_button,
    link,
    primary,
    quiet,
    row,
    secondary,
)

ALERTS = [
    ("critical", "Ransom note on imaging file server", "Defender", "RXX Northmoor", 3, 840, ("red", "SLA 38 m", 0.9)),
    ("critical", "Backup catalogue deleted by account", "Wazuh", "RXX Northmoor", 1, 1260, ("amber", "SLA 1 h", 0.75)),
    (
        "high",
        "Beacon to known loader, ward 7B PC",
        "Defender",
        "RXX Northmoor",
        12,
        1560,
        ("provisional", "71 h prov.", 0),
    ),
    ("high", "Remote desktop open to the internet", "Shadowsrv", "RYY Eastvale", 4, 2460, None),
    ("high", "Finance mailbox forwards outside", "M365", "RXX Northmoor", 2, 3120, ("amber", "GDPR 9 h", 0.87)),
    (
        "high",
        "Supplier breach: pathology courier",
        "Telephone",
        "RZ1 Southfen",
        1,
        3600,
        ("provisional", "70 h prov.", 0),
    ),
    ("high", "Unpatched VPN gateway, KEV listed", "NCSC EWS", "RYY Eastvale", 6, 7200, ("amber", "CC 11 h", 0.8)),
    ("high", "Password spray against 214 accounts", "Sentinel", "R0K Harrowby", 31, 7200, None),
    (
        "medium",
        "Phishing: “Rota change”, HTML attached",
        "Reported",
        "RXX Northmoor",
        17,
        7200,
        ("running", "SLA 6 h", 0.25),
    ),
    ("medium", "Macro blocked in discharge template", "Defender", "RXX Northmoor", 5, 10800, None),
    (
        "medium",
        "Lookalike domain registered: northm00r",
        "Netcraft",
        "RXX Northmoor",
        2,
        10800,
        ("running", "SLA 5 h", 0.4),
    ),
    ("medium", "MRI workstation scans its own subnet", "Darktrace", "RZ1 Southfen", 8, 10800, None),
    ("medium", "SMB exposed on research range", "Shadowsrv", "RYY Eastvale", 9, 14400, None),
    (
        "medium",
        "Sign-in from two countries, 20 minutes",
        "Sentinel",
        "R0K Harrowby",
        1,
        14400,
        ("running", "SLA 4 h", 0.5),
    ),
    ("medium", "USB storage on theatre workstation", "Wazuh", "RXX Northmoor", 3, 18000, None),
    ("low", "Certificate expires in 6 days: rota", "Scan", "RZ1 Southfen", 1, 18000, None),
    ("low", "DNS request for sinkholed domain", "PDNS", "RYY Eastvale", 44, 21600, ("missed", "31 m late", 1)),
    ("info", "Indicator list received, 1,204 values", "NHS alerts", "R0K Harrowby", UNKNOWN, 90000, ("met", "met", 1)),
]

QUEUE_COLUMNS = (
    Column("severity", "Severity", 104, "severity"),
    Column("title", "Alert", 220, "title", stretch=True),
    Column("source", "Source", 100, drop=1),
    Column("org", "Organisation", 124, drop=2),
    Column("seen", "Seen", 52, "times", drop=3),
    Column("age", "Age", 56, "age"),
    Column("clock", "Clock", 118, "clock"),
)


def alert_rows(ids: list[int]) -> dict[int, dict[str, object]]:
    """Return invented alerts."""
    found = {}
    for number in ids:
        level, title, source, org, seen, age, clock = ALERTS[number % len(ALERTS)]
        found[number] = {
            "severity": level,
            "title": title,
            "source": source,
            "org": org,
            "seen": seen,
            "age": age,
            "clock": ClockCell(clock[0], clock[1], clock[2]) if clock else None,
            "unseen": number < 4,
        }
    return found


def queue_place() -> QWidget:
    """Return a queue as the look draws it."""
    place = Panel("canvas")
    line = row(place, gap=0)
    middle = Panel("canvas")
    lines = column(middle, gap=0)
    head = row(gap=8, margins=(Size.PAGE, 14, Size.PAGE, 10))
    head.addWidget(text_label("Queue", "h1"))
    head.addSpacing(6)
    head.addWidget(text_label("60 to decide, 8 high or above", "small", "text2"))
    head.addStretch(1)
    head.addWidget(secondary("Import", icon="import"))
    head.addWidget(secondary("New alert", icon="plus", key="Ctrl N"))
    lines.addLayout(head)
    chips = row(gap=6, margins=(Size.PAGE, 0, Size.PAGE, 12))
    flow = Flow()
    for key, value in (("is", "new"), ("sev", "≥ low"), ("seen", "< 24 h"), ("org", "my patch")):
        flow.addWidget(Chip(key, value))
    flow.addWidget(quiet("Add filter", icon="filter", key="/"))
    flow.addWidget(quiet("Clear all"))
    chips.addLayout(flow, 1)
    save = quiet("Save view", icon="bookmark")
    save.setObjectName("wide")
    chips.addWidget(save)
    chips.addWidget(icon_button("Columns", "columns"))
    lines.addLayout(chips)
    top = Line()
    lines.addWidget(top)
    model = IdTableModel(QUEUE_COLUMNS, alert_rows, array("q", range(60)), middle)
    model.set_sorted("severity", True)
    table = RecordTable(model)
    table.setObjectName("queue")
    table.marked = {8, 9}
    lines.addWidget(table, 1)
    result = ResultLine()
    result.say("Dismissed, false positive.", "Next: high, Defender, ward PC, 26 minutes old; 60 left.")
    lines.addWidget(result)
    hints = KeyHints(
        [("J K", "Move"), ("Enter", "Open"), ("X", "Select"), ("A", "Assign"), ("N", "Note"), ("F", "Fold")]
    )
    hints.position.setText("3 of 60")
    lines.addWidget(hints)
    line.addWidget(middle, 1)
    detail = detail_pane()
    detail.setObjectName("wide")
    hints.setObjectName("wide")
    line.addWidget(detail)
    return place


def detail_pane() -> QWidget:
    """Return the detail of one alert."""
    pane = Panel("surface", "l")
    pane.setFixedWidth(Size.DETAIL)
    lines = column(pane, (18, 16, 16, 0), 8)
    badges = row(gap=6)
    badges.addWidget(SeverityBadge("high", "High"))
    badges.addWidget(ClockBadge("GDPR 71 h, provisional", "provisional"))
    badges.addStretch(1)
    badges.addWidget(TlpBadge("AMBER"))
    lines.addLayout(badges)
    lines.addWidget(text_label("Beacon to known loader, ward 7B pharmacy PC", "h2", wrap=True))
    lines.addWidget(ElidingLabel("Defender da637-4471. 12 times since 01:58", "small", "text2"))
    activity = Activity()
    activity.set_counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 1, 0, 1, 2, 0, 0, 1, 2, 1], "12 times")
    lines.addWidget(activity)
    fold = row()
    fold.addWidget(text_label("Folded: same rule, host and URL", "cap", "text2"))
    fold.addStretch(1)
    fold.addWidget(link("Unfold"))
    lines.addLayout(fold)
    facts = Facts()
    facts.set_rows(
        [
            ("Organisation", "RXX Northmoor University Hospitals"),
            ("Host", "WARD7B-PH-014", "mono"),
            ("User", "svc-dispense"),
            ("Aware", "Not recorded. The clock is provisional from your first look, 02:50."),
            ("URL", "hxxp://update[.]example/k7->a != b", "mono"),
        ]
    )
    lines.addWidget(facts)
    lines.addWidget(Line())
    suggestion = Suggestion()
    suggestion.say(
        "Malicious code / C2 server",
        "Because the URL is on the loader list of 20 Nov and the host beacons every 4 minutes.",
    )
    lines.addWidget(suggestion)
    lines.addStretch(1)
    bar = Panel("surface", "t")
    buttons = column(bar, (18, 12, 16, 12), 8)
    for names in (("Promote", "P", "Merge", "M"), ("Dismiss", "D", "Snooze", "S")):
        line = row(gap=8)
        line.addWidget(Button(names[0], "primary" if names[0] == "Promote" else "secondary", key=names[1], wide=True))
        line.addWidget(Button(names[2], key=names[3], wide=True))
        buttons.addLayout(line)
    lines.setContentsMargins(18, 16, 16, 0)
    outer = Panel("surface")
    whole = column(outer, gap=0)
    whole.addWidget(pane, 1)
    whole.addWidget(bar)
    outer.setFixedWidth(Size.DETAIL)
    return outer


def home_place() -> QWidget:
    """Return Home's parts."""
    place = Panel("canvas")
    lines = column(place, (Size.PAGE, 14, Size.PAGE, 14), 12)
    head = row(gap=8)
    head.addWidget(text_label("Sunday 22 November", "h1"))
    head.addStretch(1)
    head.addWidget(secondary("Import", icon="import"))
    head.addWidget(secondary("Print handover", icon="print"))
    head.addWidget(primary("Open the queue", key="G Q"))
    lines.addLayout(head)
    tiles = row(gap=12)
    for title, icon, count, note, glyph, role in (
        ("Alerts to decide", "inbox", 60, "8 high or above", "high", "text2"),
        ("Open incidents", "flag", 14, "2 opened this shift", "", "text2"),
        ("Support actions due", "person", 7, "1 late by 31 min", "late", "missed"),
        ("Hand-offs not accepted", "hand-off", 2, "Oldest 02:24, CSOC", "clock:amber:0.8", "amber"),
        ("Conflicts", "exchange", None, "From 2 peers", "", "text2"),
    ):
        tile = CountTile(title, icon)
        tile.set_count(count, note, glyph, role)
        tiles.addWidget(tile)
    lines.addLayout(tiles)
    middle = row(gap=14)
    left = column(gap=14)
    clocks = Card("Clocks about to expire", "9 of 19")
    clocks.head.addWidget(link("All clocks"))
    clocks.body.setContentsMargins(1, 14, 1, 2)
    clocks.head.setContentsMargins(17, 0, 17, 0)
    clocks.body.addWidget(small_table(), 1)
    left.addWidget(clocks, 1)
    decided = Card("Decided this shift", "46 of 106")
    share = ShareBar()
    share.set_data(
        [
            Series("Dismissed", "bar", (31,)),
            Series("Merged", "accent", (9,)),
            Series("Promoted", "text2", (4,)),
            Series("Snoozed", "outline", (2,)),
        ],
        66,
    )
    decided.body.addWidget(share)
    left.addWidget(decided)
    middle.addLayout(left, 1)
    chart = Card("Alerts each hour", "216 in the last 24 hours")
    bars = BarChart()
    low = (3, 2, 5, 5, 3, 6, 5, 5, 7, 6, 5, 4, 3, 5, 4, 4, 2, 4, 3, 5, 6, 8, 9, 7)
    medium = (1, 1, 1, 2, 1, 3, 2, 1, 3, 2, 2, 1, 1, 2, 1, 1, 1, 2, 2, 3, 4, 6, 7, 5)
    high = (0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 2, 3, 9, 14, 8)
    labels = [f"{(4 + hour) % 24:02}" if hour % 4 == 0 else "" for hour in range(24)]
    bars.set_data(
        [
            Series("Low and info", "bar", low),
            Series("Medium", "text2", medium),
            Series("High and above", "critical", high),
        ],
        labels,
    )
    chart.body.addWidget(bars, 1)
    chart.setFixedWidth(496)
    middle.addWidget(chart)
    lines.addLayout(middle, 1)
    return place


def small_table() -> RecordTable:
    """Return a table of peers and statuses, in a card."""
    columns = (
        Column("peer", "Peer", 150, "title", stretch=True),
        Column("ref", "Belongs to", 130, "mono"),
        Column("tlp", "Ceiling", 132, "tlp"),
        Column("status", "Status", 110, "status"),
        Column("lack", "They lack", 90, "count"),
        Column("gaps", "Gaps", 130, drop=1),
    )
    states = ["pending", "ongoing", "successful", "failed", "cancelled", "unknown"]
    tlps = ["AMBER+STRICT", "AMBER", "GREEN", "RED", "CLEAR", None]
    gaps = [
        None,
        Cell("K7: 118–120", "warning", "amber", True),
        "none",
        "none",
        Cell("in quarantine", "warning", "red", True),
        UNKNOWN,
    ]

    def fetch(ids: list[str]) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = {}
        for one in ids:
            n = int(one[1:])
            found[one] = {
                "peer": Cell(f"Desk {n}, laptop", "laptop"),
                "ref": f"RXX-K7-00{n}",
                "tlp": tlps[n % 6],
                "status": StatusCell(states[n % 6], states[n % 6].capitalize()),
                "lack": 1204 * n,
                "gaps": gaps[n % 6],
            }
        return found

    return RecordTable(IdTableModel(columns, fetch, [f"p{n}" for n in range(6)]), inset=16)


def parts_place() -> QWidget:
    """Return the parts no picture shows: fields, tabs, banners, disabled controls, an empty list."""
    place = Panel("canvas")
    lines = column(place, (0, 14, 0, 14), 12)
    tabs = Tabs()
    for key, title, count in (("t", "Timeline", "58"), ("v", "Victims", "5"), ("k", "Tasks", "4 of 19")):
        tabs.add(key, title, count)
    lines.addWidget(tabs)
    page = ScrollPage((Size.PAGE, 0, Size.PAGE, 0))
    body = page.body
    for kind, what in (
        ("amber", "Operations 118 to 120 of RXX-K7 have not reached us."),
        ("red", "Next due: name a contact"),
        ("tint", "A copy is due"),
        ("ok", "Journal verified"),
    ):
        body.addWidget(Banner(what, "They came through RYY Eastvale.", kind, "Show pending"))
    buttons = Flow(gap=8)
    for button in (
        primary("Record outcome", key="O"),
        secondary("Rang", key="1"),
        quiet("Withdraw", key="S"),
        danger("Erase person", icon="trash"),
        link("Record aware"),
        icon_button("More", "more", "secondary"),
    ):
        buttons.addWidget(button)
    off = secondary("Not now", icon="lock", key="N")
    off.setEnabled(False)
    off2 = primary("Not now", key="N")
    off2.setEnabled(False)
    buttons.addWidget(off)
    buttons.addWidget(off2)
    body.addLayout(buttons)
    badges = Flow()
    for level in ("critical", "high", "medium", "low", "info"):
        badges.addWidget(SeverityBadge(level))
    for state in ("pending", "ongoing", "successful", "failed", "cancelled", "unknown"):
        badges.addWidget(StateBadge(state.capitalize(), state))
    for label in ("RED", "AMBER+STRICT", "GREEN", "CLEAR", ""):
        badges.addWidget(TlpBadge(label))
    body.addLayout(badges)
    clocks = Flow()
    for state, used in (
        ("provisional", 0),
        ("running", 0.02),
        ("running", 0.5),
        ("amber", 0.8),
        ("red", 0.97),
        ("missed", 1),
        ("met", 1),
        ("paused", 0.4),
    ):
        clocks.addWidget(ClockBadge(state, state, used))
    body.addLayout(clocks)
    card = Card("Classify", "what is empty is listed at closure", Size.CARD_FIELDS)
    fields = row(gap=16)
    name = FormRow("Title", TextField("What happened, in a few words"), "Shown in lists and reports")
    wrong = FormRow("Detected", TextField("22 Nov 2026 03:12"))
    wrong.set_problem("This could be 3 December or 12 March. Which one?")
    category = FormRow("Category", Choice([("3", "3, significant"), ("4", "4, substantial")]))
    for form in (name, wrong, category):
        fields.addWidget(form, 1)
    card.body.addLayout(fields)
    checks = row(gap=16)
    for box in (CheckBox("Only my patch"), CheckBox("Exercises too"), Radio("Affected"), Radio("At risk")):
        box.setChecked(box.text() in ("Only my patch", "Affected"))
        checks.addWidget(box)
    checks.addStretch(1)
    card.body.addLayout(checks)
    card.body.addWidget(FormRow("Because", TextArea("Why this category", lines=3)))
    body.addWidget(card)
    empty = RecordTable(IdTableModel(QUEUE_COLUMNS, alert_rows))
    empty.set_empty(
        EmptyState("Nothing to decide", "Every alert that came in has been decided. Drag a file here.", "Import")
    )
    body.addWidget(empty, 1)
    empty.setMinimumHeight(180)
    lines.addWidget(page, 1)
    return place
