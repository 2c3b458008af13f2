"""Pages to print and seal: the recovery key and the key of the sealed envelope, headed so that nobody mistakes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage_app.formats import key_slots
from triage_app.services.times import LONDON


@dataclass(frozen=True)
class Paper:
    """One page. Whoever holds the laptop and the page can open the store."""

    kind: str
    "``recovery`` or ``break-glass``."
    key: str
    "Eight groups of eight characters, with dashes between them: kept nowhere."
    laptop: str
    made: datetime

    @property
    def title(self) -> str:
        """The page's heading."""
        if self.kind == key_slots.BREAK_GLASS:
            return "Sealed envelope: break glass to open"
        return "Recovery key"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What stands above the key."""
        made = self.made.astimezone(LONDON).strftime("%d %b %Y %H:%M %Z")
        of = f"For the triage store of {self.laptop}, made {made}."
        if self.kind == key_slots.BREAK_GLASS:
            return (
                "This is not the recovery key.",
                of,
                "Open it only when nobody who may unlock this laptop can be reached. It asks who you are and why: that "
                "is the first thing the journal keeps, and everybody who unlocks the laptop afterwards is told. It "
                "opens once; then a new envelope has to be made.",
            )
        return (
            "This is not the sealed envelope.",
            of,
            "It opens the store when a passphrase is lost. Making another ends this one.",
        )

    @property
    def lines(self) -> tuple[str, str]:
        """The key as it is printed: four groups a line."""
        groups = self.key.split("-")
        return " ".join(groups[:4]), " ".join(groups[4:])

    @property
    def foot(self) -> str:
        """What stands under the key."""
        return "Print this page, seal it, and delete the file. Whoever has the laptop and this key can read everything."

    def text(self) -> str:
        """Return the page as plain text."""
        key = "\n".join(f"    {line}" for line in self.lines)
        return "\n\n".join([self.title.upper(), *self.paragraphs, key, self.foot]) + "\n"
