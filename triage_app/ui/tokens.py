"""Colours, type, space and sizes of every screen. Data only: no Qt, and no such figure anywhere else.

The ratios that each colour must keep (WCAG 2.2: text 4.5 to 1, controls and graphics 3 to 1) are checked by test.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme's colours, ``#RRGGBB``. A name ending in ``_bg`` is the tint that its colour is read on.

    ``faint`` is what is not there to be read or pressed yet: hints in empty fields, and what is switched off.
    """

    name: str
    dark: bool
    high_contrast: bool
    canvas: str
    surface: str
    sunken: str
    side: str
    line: str
    edge: str
    bar: str
    text: str
    text2: str
    text3: str
    faint: str
    accent: str
    hover: str
    onaccent: str
    tint: str
    sel: str
    focus: str
    ok: str
    ok_bg: str
    critical: str
    critical_bg: str
    high: str
    high_bg: str
    medium: str
    medium_bg: str
    low: str
    low_bg: str
    info: str
    info_bg: str
    amber: str
    amber_bg: str
    red: str
    red_bg: str
    missed: str
    missed_bg: str
    row_line: str
    tlp_bg: str = "#000000"
    tlp_red: str = "#FF2B2B"
    tlp_amber: str = "#FFC000"
    tlp_green: str = "#33FF00"
    tlp_clear: str = "#FFFFFF"

    def colour(self, token: str) -> str:
        """Return the ``#RRGGBB`` of a token; raises ``AttributeError`` for one that does not exist."""
        value = getattr(self, token)
        if not isinstance(value, str):
            raise AttributeError(token)
        return value


LIGHT = Palette(
    name="light", dark=False, high_contrast=False,
    canvas="#F5F7F8", surface="#FFFFFF", sunken="#EEF2F4", side="#EBEFF1",
    line="#DBE2E6", edge="#7B8B95", bar="#7F909B",
    text="#16212A", text2="#43525D", text3="#586772", faint="#586772",
    accent="#0B6472", hover="#084F5A", onaccent="#FFFFFF", tint="#E1F0F2", sel="#D9ECEF", focus="#0B6472",
    ok="#1A6A3B", ok_bg="#E3F2E8",
    critical="#B3152B", critical_bg="#FBE7EA", high="#B24700", high_bg="#FCECE0",
    medium="#856000", medium_bg="#FAF1D4", low="#33658C", low_bg="#E6EFF6", info="#586772", info_bg="#EEF2F4",
    amber="#8A5500", amber_bg="#FFF1D2", red="#B3152B", red_bg="#FBE7EA", missed="#9B1024", missed_bg="#FBE7EA",
    row_line="#DBE2E6",
)  # fmt: skip

DARK = Palette(
    name="dark", dark=True, high_contrast=False,
    canvas="#10171B", surface="#161F25", sunken="#1D282F", side="#0C1215",
    line="#2A373F", edge="#71848F", bar="#6A7E89",
    text="#E7EDF0", text2="#B3C0C8", text3="#94A4AE", faint="#94A4AE",
    accent="#66C8D4", hover="#8AD8E1", onaccent="#04262C", tint="#123A42", sel="#163A43", focus="#7FDCE7",
    ok="#7CCB95", ok_bg="#15321F",
    critical="#FF8089", critical_bg="#431A22", high="#FFA066", high_bg="#40260F",
    medium="#EBC45E", medium_bg="#3A2F0C", low="#8FBDE3", low_bg="#17304A", info="#9DACB5", info_bg="#1D282F",
    amber="#F3BE55", amber_bg="#352A10", red="#FF8089", red_bg="#391A20", missed="#FF8089", missed_bg="#391A20",
    row_line="#2A373F",
)  # fmt: skip

HIGH_CONTRAST = Palette(
    name="high-contrast", dark=True, high_contrast=True,
    canvas="#000000", surface="#000000", sunken="#000000", side="#000000",
    line="#FFFFFF", edge="#FFFFFF", bar="#FFFFFF",
    text="#FFFFFF", text2="#FFFFFF", text3="#FFFFFF", faint="#A8A8A8",
    accent="#5CE6FF", hover="#A8F2FF", onaccent="#000000", tint="#000000", sel="#00333B", focus="#FFFF00",
    ok="#8CFFA8", ok_bg="#000000",
    critical="#FF9AA0", critical_bg="#000000", high="#FFB27A", high_bg="#000000",
    medium="#FFE15A", medium_bg="#000000", low="#9AD0FF", low_bg="#000000", info="#FFFFFF", info_bg="#000000",
    amber="#FFD75A", amber_bg="#000000", red="#FF9AA0", red_bg="#000000", missed="#FF9AA0", missed_bg="#000000",
    row_line="#6B6B6B",
)  # fmt: skip

PALETTES = (LIGHT, DARK, HIGH_CONTRAST)


@dataclass(frozen=True, slots=True)
class TypeToken:
    """One step of the type scale; ``size`` and ``line`` in logical pixels at 100 %."""

    family: str
    size: int
    line: int
    weight: int


SANS = "Inter"
DISPLAY = "Inter Display"
MONO = "JetBrains Mono"

TYPE: dict[str, TypeToken] = {
    "num": TypeToken(DISPLAY, 30, 36, 600),
    "h1": TypeToken(DISPLAY, 24, 30, 600),
    "h2": TypeToken(SANS, 18, 24, 600),
    "h3": TypeToken(SANS, 14, 20, 600),
    "body": TypeToken(SANS, 14, 20, 400),
    "body_strong": TypeToken(SANS, 14, 20, 600),
    "small": TypeToken(SANS, 13, 18, 400),
    "small_strong": TypeToken(SANS, 13, 18, 600),
    "cap": TypeToken(SANS, 12, 16, 400),
    "cap_strong": TypeToken(SANS, 12, 16, 600),
    "mono": TypeToken(MONO, 13, 18, 400),
    "mono_strong": TypeToken(MONO, 13, 18, 600),
    "mono_muted": TypeToken(MONO, 12, 16, 400),
}

DENSITIES = {"compact": 26, "normal": 36, "roomy": 44}
"""Height of a table row, logical pixels."""

QR_DARK = "#000000"
QR_LIGHT = "#FFFFFF"
"""A QR code is the same in every theme: cameras read dark on white."""

SPACE = (4, 8, 12, 16, 20, 24)


class Size:
    """Logical pixels of the components."""

    GAP = 8
    PAGE = 20
    CARD = 16
    CARD_FIELDS = 18
    CARDS = 12
    FACT = 6
    TOP_BAR = 48
    SIDEBAR = 220
    RAIL = 52
    STATUS_BAR = 30
    FOLD_BELOW = 1000
    LOW_BELOW = 350
    TOP_BAR_LOW = 40
    STATUS_BAR_LOW = 26
    NAV = 32
    NAV_PITCH = 33
    RAIL_NAV = 40
    TABLE_HEAD = 32
    TWO_LINE_ROW = 50
    CHIP = 28
    BADGE = 22
    BUTTON = 32
    FIELD = 32
    KEY = 18
    TABS = 38
    RESULT = 38
    TOTALS = 34
    ACTIVITY = 44
    HINTS = 40
    PROGRESS = 4
    SCROLL = 14
    ICON = 16
    GLYPH = 13
    CLOCK = 14
    RADIUS_BADGE = 3
    RADIUS_CONTROL = 6
    RADIUS_FOCUS = 7
    RADIUS_CARD = 8
    RADIUS_CHIP = 14
    FOCUS_LINE = 2
    FOCUS_GAP = 2
    ACCENT_EDGE = 3
    EMPTY_ICON = 48
    DETAIL = 368
    SEARCH = 360
    SEARCH_NARROW = 250
