"""Have I Been Pwned: addresses of a domain that were found in a breach or a paste.

A breach is a matter of the domain it touches. An entry of the public list of breaches, which names no
address of anybody, is counted.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "hibp"
TITLE: Final = "Have I Been Pwned"
SOURCE: Final = "Have I Been Pwned"
LAYOUT: Final = Layout(FORMAT, SOURCE, {})
RSIT: Final = "information-content-security/data-leak"
_CATALOGUE: Final = frozenset(["Name", "BreachDate", "PwnCount", "DataClasses"])


def recognise(head: Head) -> str | None:
    """Return why a file is of Have I Been Pwned, or None."""
    if head.json is None:
        return None
    records = list(sample(head.json))
    if any(_about(record) is not None for record in records):
        return f"Have I Been Pwned: {head.json.how} with a breach and the addresses of a domain in it."
    if any(set(record) >= _CATALOGUE for record in records):
        return f"Have I Been Pwned: {head.json.how}, the list of all breaches; it names no address."
    return None


def layout(head: Head) -> Layout:
    """Return how notices lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every notice of a file to ``output``."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    read_objects(source, output, lambda record: _row(builder, record))


def _about(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return the breach or paste that a notice is about, None for what is no notice."""
    told = any(name in record for name in ("DomainEmails", "Domain", "Email"))
    found = next((record[name] for name in ("Breach", "Paste") if isinstance(record.get(name), dict)), None)
    return found if told else None


def _row(builder: Builder, record: dict[str, Any]) -> list[Any] | str:
    about = _about(record)
    if about is None:
        if set(record) >= _CATALOGUE:
            return "breach without addresses"
        raise ValueError("neither a breach notice nor a paste notice")
    listed = record.get("DomainEmails")
    emails = [text_of(item) for item in listed if text_of(item)] if isinstance(listed, list) else []
    if text_of(record.get("Email")):
        emails.append(text_of(record["Email"]))
    domain = text_of(record.get("Domain")) or (emails[0].rpartition("@")[2] if emails else "")
    name = text_of(about.get("Name")) or text_of(about.get("Id"))
    title = text_of(about.get("Title")) or name
    classes = about.get("DataClasses")
    count = "1 address" if len(emails) == 1 else f"{len(emails)} addresses" if emails else "addresses"
    where = "paste" if isinstance(record.get("Paste"), dict) else "breach"
    return builder.row(
        record,
        key=builder.key(f"{name or title}/{domain}"),
        seen_at=_time(about),
        rsit=RSIT,
        title=f"{title or 'Unnamed'} {where}: {count} of {domain or 'unknown domain'}",
        reference=name,
        category=", ".join(filter(None, map(text_of, classes))) if isinstance(classes, list) else "",
        host=domain,
        user=emails[0] if len(emails) == 1 else "",
        detail=words(
            f"breached {text_of(about.get('BreachDate'))}" if about.get("BreachDate") else "",
            "not verified" if about.get("IsVerified") is False else "",
            "made up" if about.get("IsFabricated") is True else "",
            "a spam list" if about.get("IsSpamList") is True else "",
            text_of(about.get("Description")),
        ),
    )


def _time(about: dict[str, Any]) -> int | None:
    """Return when the breach was made known to us, else when it happened; None where neither can be read."""
    for name in ("AddedDate", "ModifiedDate", "Date", "BreachDate"):
        try:
            return utc_milliseconds(text_of(about.get(name)))
        except ValueError:
            continue
    return None
