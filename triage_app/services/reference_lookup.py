"""What reference data says of a vulnerability or an organisation, always with of which day it is and how old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from triage_app.domain.reference import written
from triage_app.errors import BadInput, NotFound
from triage_app.formats.exploited_catalogue import Catalogue
from triage_app.language import say
from triage_app.services import reference_shelf, vocabularies
from triage_app.services.reference import Held, held_of, in_a_sentence


@dataclass(frozen=True)
class Found:
    """What reference data says of something, and how old that is."""

    what: str
    of: Held

    @property
    def words(self) -> str:
        """It with its age, in sentences."""
        return f"{self.what} {in_a_sentence(self.of)}."


def exploited(home: Path | None, cve: str, now: datetime) -> Found | None:
    """Return what the catalogue of exploited vulnerabilities says of a CVE; None where no catalogue is held."""
    catalogue = reference_shelf.in_force(home, "kev")[0]
    if not isinstance(catalogue, Catalogue):
        return None
    entry = catalogue.entries.get(cve.strip().upper())
    if entry is None:
        return Found(say("Not in the list: that does not say that nobody exploits it."), held_of(home, "kev", now))
    days = written(entry.added), written(entry.due)
    if entry.ransomware:
        what = say("Yes, since {0}, for ransomware too. CISA gave its agencies until {1}.", *days)
    else:
        what = say("Yes, since {0}. CISA gave its agencies until {1}.", *days)
    return Found(what, held_of(home, "kev", now))


def organisation(home: Path | None, code: str, now: datetime) -> Found | None:
    """Return whose an organisation code is, by the list that is held; None where it is not in it."""
    wanted = code.strip().upper()
    for one in vocabularies.vocabulary("ods_trusts")["organisations"]:
        if one["code"] == wanted:
            return Found(" ".join(filter(None, (one["name"] + ".", one["nation"] and one["nation"] + "."))),
                         held_of(home, "ods", now))  # fmt: skip
    return None


_CVE: Final = "CVE-"


def find(home: Path, word: str, now: datetime) -> Found:
    """Return what reference data says of a CVE or of an organisation's code. Raises ``NotFound`` and ``BadInput``."""
    word = word.strip().upper()
    if not word:
        raise BadInput("There is nothing to look up.", "Give a CVE, such as CVE-2020-1472, or an organisation's code.")
    if word.startswith(_CVE):
        found = exploited(home, word, now)
        if found is None:
            raise NotFound(
                "No catalogue of exploited vulnerabilities is held here.",
                "Add a pack that has one, or update the program.",
            )
        return found
    found = organisation(home, word, now)
    if found is None:
        raise NotFound(
            say("No organisation has the code {0} in the list that is held.", word),
            "Any code may be given all the same.",
        )
    return found
