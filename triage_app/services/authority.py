"""Who may say what of the UK category: a trust proposes, a desk assesses, only the NCSC or law enforcement confirms."""

from __future__ import annotations

from fnmatch import fnmatchcase

from triage_app.errors import TriageError
from triage_app.language import say
from triage_app.services.session import Session
from triage_app.services.vocabularies import vocabulary
from triage_app.store import standings
from triage_app.store.connection import Store


class NotYours(TriageError):
    """The act belongs to another body."""

    code = "not-yours"


def is_desk(organisation: str) -> bool:
    """Tell whether an organisation is a regional or national desk, by the list in use; "?" stands for one character."""
    return any(fnmatchcase(organisation.upper(), item["code"].upper()) for item in vocabulary("desks")["desks"])


def refuse_unless_desk(session: Session) -> None:
    """Raise ``NotYours`` unless this laptop belongs to a desk."""
    if not is_desk(session.organisation):
        raise NotYours(
            say("{0} is no regional or national desk, and only a desk assesses a category.", session.organisation),
            "Propose one, or record what you were told as reported to us.",
        )


def may_confirm(store: Store, device: str) -> bool:
    """Tell whether a device is certified for the NCSC or law enforcement by an authority that this store believes."""
    standing = standings.of(store, device)
    return standing.confirms and standing.cutoff is None


def confirming_bodies(store: Store, device: str) -> list[tuple[str, str]]:
    """Return (role, name) of each body for which a device may confirm: “ncsc”, “NCSC incident desk”."""
    return [(one.role, one.name) for one in standings.confirmers(store, device)]


def refuse_unless_confirming(session: Session) -> None:
    """Raise ``NotYours`` unless this laptop is certified for the NCSC or law enforcement."""
    if not may_confirm(session.store, session.device):
        raise NotYours(
            "Only a device certified for the NCSC or law enforcement confirms a category, and this laptop is not.",
            "Record what you were told as reported to us: who confirmed it, under which reference, and when.",
        )
