"""The look's figures: contrast, type scale, bundled fonts."""

from __future__ import annotations

import hashlib
import re
from itertools import product
from pathlib import Path

import pytest

from triage_app.ui.tokens import DARK, HIGH_CONTRAST, LIGHT, PALETTES, TYPE, Palette

FONTS = Path(__file__).resolve().parents[3] / "resources" / "fonts"
TEXT, GRAPHIC = 4.5, 3.0
GROUNDS = ("canvas", "surface", "sunken", "side")
PAIRS: list[tuple[str, tuple[str, ...], float]] = [
    ("text", (*GROUNDS, "tint", "sel", "amber_bg", "red_bg", "ok_bg"), TEXT),
    ("text2", (*GROUNDS, "tint", "sel"), TEXT),
    ("text3", ("canvas", "surface", "sunken", "sel"), TEXT),  # a settled row is pale, and may be the current one
    ("faint", ("canvas", "surface", "sunken"), TEXT),
    ("edge", ("canvas", "surface"), GRAPHIC),
    ("bar", ("canvas", "surface"), GRAPHIC),
    ("accent", (*GROUNDS, "tint"), TEXT),
    ("accent", ("sel",), GRAPHIC),
    ("focus", (*GROUNDS, "sel"), GRAPHIC),
    ("onaccent", ("accent", "hover"), TEXT),
    *((name, ("surface", f"{name}_bg"), TEXT) for name in ("ok", "critical", "high", "medium", "low", "info")),
    *((name, ("surface", f"{name}_bg", "sel", "tint"), TEXT) for name in ("amber", "red", "missed", "critical")),
    *((name, ("tlp_bg",), TEXT) for name in ("tlp_red", "tlp_amber", "tlp_green", "tlp_clear")),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
def test_every_colour_can_be_read_on_every_ground_it_stands_on(palette: Palette) -> None:
    failures = [
        f"{ink} on {ground}: {contrast(palette.colour(ink), palette.colour(ground)):.2f} < {least}"
        for ink, grounds, least in PAIRS
        for ground in grounds
        if contrast(palette.colour(ink), palette.colour(ground)) < least
    ]
    assert failures == []


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
def test_a_hint_in_an_empty_field_does_not_look_like_words_that_were_typed(palette: Palette) -> None:
    assert contrast(palette.faint, palette.text) > 2


@pytest.mark.parametrize(
    ("token", "grounds", "ratios"),
    [
        ("edge", ("canvas", "surface"), (3.3, 4.3, 21)),
        ("bar", ("canvas", "surface"), (3.1, 3.9, 21)),
        ("text", (*GROUNDS, "tint", "sel"), (13.4, 10.3, 13.7)),
        ("text2", (*GROUNDS, "tint", "sel"), (6.6, 6.6, 13.7)),
        ("text3", ("canvas", "surface", "sunken"), (5.2, 5.9, 21)),
        ("critical", ("critical_bg",), (5.8, 6.2, 10.4)),
        ("high", ("high_bg",), (4.8, 7.0, 11.9)),
        ("medium", ("medium_bg",), (5.1, 7.9, 16.2)),
        ("low", ("low_bg",), (5.3, 6.8, 12.8)),
    ],
)
def test_the_lowest_ratios_are_those_the_look_promises(
    token: str, grounds: tuple[str, ...], ratios: tuple[float, float, float]
) -> None:
    for palette, promised in zip((LIGHT, DARK, HIGH_CONTRAST), ratios, strict=True):
        lowest = min(contrast(palette.colour(token), palette.colour(ground)) for ground in grounds)
        assert lowest >= promised - 0.06, (palette.name, lowest)


def test_every_colour_is_written_in_full() -> None:
    for palette, name in product(PALETTES, Palette.__slots__):
        value = getattr(palette, name)
        if isinstance(value, str) and name != "name":
            assert re.fullmatch(r"#[0-9A-F]{6}", value), (palette.name, name)


def test_two_weights_and_nothing_smaller_than_twelve() -> None:
    assert {step.weight for step in TYPE.values()} == {400, 600}
    assert min(step.size for step in TYPE.values()) == 12


def test_the_bundled_fonts_are_the_ones_whose_hashes_are_written_down() -> None:
    written = dict(re.findall(r"\| `([^`]+)` \| ([0-9a-f]{64}) \|", (FONTS / "README.md").read_text("utf-8")))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.glob("*.[ot]tf")}
    assert found == written
    assert len(found) == 5
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text("utf-8")


def test_no_colour_or_font_size_is_written_outside_the_tokens() -> None:
    package = FONTS.parents[1] / "triage_app" / "ui"
    strays = [
        f"{path.name}: {line.strip()}"
        for path in package.rglob("*.py")
        if path.name
        not in ("tokens.py", "custody_print.py", "page_print.py", "key_page.py")  # paper has points of its own
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"#[0-9A-Fa-f]{6}\b|setPixelSize\(\d|setPointSize|font-size", line) and "``#RRGGBB``" not in line
    ]
    assert strays == []
