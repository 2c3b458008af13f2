"""What the nations are called on screen: records and files name them in English."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def nation_words(nation: str) -> str:
    """Return a nation's name in the language of the screen; what is none of the four stays as it is written."""
    tr = QCoreApplication.translate
    known = {
        "England": tr("Nation", "England"),
        "Scotland": tr("Nation", "Scotland"),
        "Wales": tr("Nation", "Wales"),
        "Northern Ireland": tr("Nation", "Northern Ireland"),
        "UK": tr("Nation", "UK"),
        "England, Wales and Northern Ireland": tr("Nation", "England, Wales and Northern Ireland"),
    }
    return known.get(nation, nation)
