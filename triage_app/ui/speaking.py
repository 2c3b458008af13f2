"""Which language a window speaks: as it was asked to at its start, as was chosen, or as the system does."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSettings

from triage_app import language
from triage_app.services import languages, set_by_it
from triage_app.ui.translation import speak
from triage_app.ui.widgets.buttons import Button, link

SYSTEM = "system"
_KEY = "language"


class Speaking:
    """The language of one window. It changes where no view is open: views say what they say when they are made."""

    def __init__(self, settings: QSettings, fixed: str = "") -> None:
        """``fixed`` is a language that was asked for at the start: nothing that is remembered counts then."""
        self._settings = settings
        self._fixed = fixed
        self.chosen = ""
        """What was chosen while the store was locked, for the store to remember; "" for nothing."""
        self.begin()

    def begin(self) -> bool:
        """Speak as it was last wished; tell whether that is another language than before."""
        before = language.code()
        speak(languages.catalogue(self.wished()))
        return language.code() != before

    def wished(self) -> str:
        """Return the code of the language that is wished."""
        return self._fixed or code_of(str(self._settings.value(_KEY) or set_by_it.language_at_first()))

    def choose(self, wish: str) -> None:
        """Wish for another language while the store is locked: it holds at once, and the store is told."""
        self._fixed, self.chosen = "", wish
        self.remember(wish)

    def remember(self, wish: str) -> bool:
        """Wish for en, cy or the system's from the next time on; tell whether that is another than is spoken now."""
        self._settings.setValue(_KEY, wish)
        return self.wished() != language.code()


def code_of(wish: str) -> str:
    """Return the code of the language that a wish comes to on this computer; English for what is not known."""
    if wish == SYSTEM:
        return "cy" if QLocale.system().language() == QLocale.Language.Welsh else languages.ENGLISH
    return wish if wish in languages.NAMES else languages.ENGLISH


def other_language() -> str:
    """Return the code of the language that is not spoken."""
    return next(code for code in languages.NAMES if code != language.code())


def language_link() -> Button:
    """Return a link that bears the name of the other language in that language, for whoever reads only that one."""
    return link(languages.NAMES[other_language()])
