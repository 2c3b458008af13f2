"""The theme in use: palette, density and fonts. Widgets ask ``current()`` when they paint."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from triage_app.paths import resources
from triage_app.ui import style_sheet
from triage_app.ui.tokens import DARK, DENSITIES, HIGH_CONTRAST, LIGHT, SPACE, TYPE, Palette, Size, TypeToken

__all__ = [
    "DARK", "DENSITIES", "HIGH_CONTRAST", "LIGHT", "SPACE", "TYPE",
    "Palette", "Size", "Theme", "TypeToken", "colour", "current", "font",
]  # fmt: skip

MODES = ("system", "light", "dark", "high-contrast")
FONT_FILES = (
    "Inter-Regular.otf",
    "Inter-SemiBold.otf",
    "InterDisplay-SemiBold.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-SemiBold.ttf",
)


def resources_folder() -> Path:
    """Return the folder of bundled data: beside the package, or inside a frozen program."""
    return resources()


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Load the bundled fonts, once a process; return the families that they brought.

    Raises ``FileNotFoundError`` if a font is missing: the program is then not whole.
    """
    families: list[str] = []
    for name in FONT_FILES:
        path = resources_folder() / "fonts" / name
        number = QFontDatabase.addApplicationFontFromData(path.read_bytes())
        families += QFontDatabase.applicationFontFamilies(number)
    return tuple(dict.fromkeys(families))


@lru_cache(maxsize=64)
def _font(token: str) -> QFont:
    step = TYPE[token]
    made = QFont(step.family)
    made.setPixelSize(step.size)
    made.setWeight(QFont.Weight(step.weight))
    made.setStyleHint(QFont.StyleHint.Monospace if step.family == "JetBrains Mono" else QFont.StyleHint.SansSerif)
    # Ligatures redraw "://", "->" and "!=" in evidence; even figures let times and counts stand in columns.
    made.setFeature(QFont.Tag("tnum"), 1)
    for tag in ("calt", "liga", "dlig"):
        made.setFeature(QFont.Tag(tag), 0)
    return made


def font(token: str) -> QFont:
    """Return the font of a type token, even figures on and ligatures off; raises ``KeyError`` if there is none."""
    return QFont(_font(token))


class Theme(QObject):
    """What every widget looks like. ``changed`` is emitted after colours or density have changed."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Start light and normal, until ``apply``."""
        super().__init__(parent)
        self._mode = "system"
        self._density = "normal"
        self._palette = LIGHT
        self._app: QApplication | None = None
        self._system_palette: QPalette | None = None

    @property
    def palette(self) -> Palette:
        """The colours in use."""
        return self._palette

    @property
    def mode(self) -> str:
        """What was asked for: system, light, dark or high-contrast."""
        return self._mode

    @property
    def density(self) -> str:
        """One of compact, normal, roomy."""
        return self._density

    @property
    def row_height(self) -> int:
        """Height of a one-line table row, logical pixels."""
        return DENSITIES[self._density]

    def font(self, token: str) -> QFont:
        """Return the font of a type token."""
        return font(token)

    def set_mode(self, mode: str) -> None:
        """Ask for system, light, dark or high-contrast; raises ``ValueError`` for anything else."""
        if mode not in MODES:
            raise ValueError(mode)
        if mode != self._mode:
            self._mode = mode
            self._refresh()

    def set_density(self, density: str) -> None:
        """Ask for compact, normal or roomy rows; raises ``ValueError`` for anything else."""
        if density not in DENSITIES:
            raise ValueError(density)
        if density != self._density:
            self._density = density
            self.changed.emit()

    def apply(self, app: QApplication) -> None:
        """Dress the whole application, and follow the system's light or dark from now on."""
        first = self._app is None
        self._app = app
        if first:
            load_fonts()
            self._system_palette = QPalette(app.palette())
            app.setStyle(QStyleFactory.create("Fusion"))
            app.setFont(font("body"))
            app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._refresh()

    def _system_changed(self) -> None:
        if self._mode == "system":
            self._refresh()

    def _chosen(self) -> Palette:
        if self._mode == "light":
            return LIGHT
        if self._mode == "dark":
            return DARK
        if self._mode == "high-contrast":
            return HIGH_CONTRAST
        if system_asks_for_contrast() and self._system_palette is not None:
            return from_system(self._system_palette)
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT

    def _refresh(self) -> None:
        self._palette = self._chosen()
        if self._app is not None:
            self._app.setPalette(qt_palette(self._palette))
            self._app.setStyleSheet(style_sheet.build(self._palette))
        self.changed.emit()


def qt_palette(p: Palette) -> QPalette:
    """Return the Qt palette that matches ours, for what Qt draws itself."""
    made = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: p.canvas, role.WindowText: p.text, role.Base: p.surface, role.AlternateBase: p.sunken,
        role.Text: p.text, role.Button: p.surface, role.ButtonText: p.text, role.BrightText: p.red,
        role.ToolTipBase: p.surface, role.ToolTipText: p.text, role.PlaceholderText: p.faint,
        role.Highlight: p.accent, role.HighlightedText: p.onaccent, role.Link: p.accent, role.LinkVisited: p.accent,
        role.Light: p.surface, role.Midlight: p.line, role.Mid: p.edge, role.Dark: p.edge, role.Shadow: p.edge,
        role.Accent: p.accent,
    }  # fmt: skip
    for which, value in pairs.items():
        made.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(p.faint))
    return made


def from_system(system: QPalette) -> Palette:
    """Return high contrast in the system's own colours: where the system sets a contrast theme, it wins."""

    def named(role: QPalette.ColorRole, group: QPalette.ColorGroup = QPalette.ColorGroup.Active) -> str:
        return system.color(group, role).name().upper()

    ground, ink = named(QPalette.ColorRole.Window), named(QPalette.ColorRole.WindowText)
    strong, on_strong = named(QPalette.ColorRole.Highlight), named(QPalette.ColorRole.HighlightedText)
    inks: tuple[str, ...] = ("line", "row_line", "edge", "bar", "text", "text2", "text3", "hover", "info")
    inks += ("ok", "critical", "high", "medium", "low", "amber", "red", "missed")
    grounds: tuple[str, ...] = ("canvas", "surface", "sunken", "side", "tint", "sel", "ok_bg", "info_bg")
    grounds += ("critical_bg", "high_bg", "medium_bg", "low_bg", "amber_bg", "red_bg", "missed_bg")
    colours = dict.fromkeys(inks, ink) | dict.fromkeys(grounds, ground)
    colours["faint"] = named(QPalette.ColorRole.WindowText, QPalette.ColorGroup.Disabled)
    colours |= {"accent": strong, "onaccent": on_strong, "focus": strong}
    dark = QColor(ground).lightness() < QColor(ink).lightness()
    return replace(HIGH_CONTRAST, name="system-contrast", dark=dark, **colours)  # type: ignore[arg-type]


if sys.platform == "win32":
    import ctypes

    class _HighContrast(ctypes.Structure):
        _fields_ = (("size", ctypes.c_uint), ("flags", ctypes.c_uint), ("scheme", ctypes.c_wchar_p))

    def system_asks_for_contrast() -> bool:
        """Tell whether Windows has a contrast theme on."""
        get_high_contrast, is_on = 0x0042, 0x0001  # SPI_GETHIGHCONTRAST and HCF_HIGHCONTRASTON, winuser.h
        asked = _HighContrast(size=ctypes.sizeof(_HighContrast))
        done = ctypes.windll.user32.SystemParametersInfoW(get_high_contrast, asked.size, ctypes.byref(asked), 0)
        return bool(done) and bool(asked.flags & is_on)

else:

    def system_asks_for_contrast() -> bool:
        """Tell whether Windows has a contrast theme on; elsewhere nothing can be asked in Qt 6.9."""
        return False


_current: Theme | None = None


def current() -> Theme:
    """Return the theme of this process; made on first use."""
    global _current
    if _current is None:
        _current = Theme()
    return _current


def colour(token: str) -> QColor:
    """Return a token's colour in the theme in use."""
    return QColor(current().palette.colour(token))
