"""Kinds of evidence in words, and the columns that show each: what an import brings, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.domain.evidence import COLUMNS, KINDS
from triage_app.domain.indicators import LINK_TO_READ_ON
from triage_app.domain.severity import band
from triage_app.language import plural
from triage_app.respoken import respoken
from triage_app.services.records import BY_DAY
from triage_app.services.times import day_in_words, due_in_words, in_words
from triage_app.ui.table import Column
from triage_app.ui.views.shown import harmless, harmless_value

_AT: Final = {name: place for place, name in enumerate(COLUMNS)}
_HARMLESS: Final = ("title", "value", "host", "src", "dst", "category", "detail", "reference")


def kind_name(kind: str) -> str:
    """Return what several records of a kind are called."""
    tr = QCoreApplication.translate
    return {
        "alert": tr("Kinds", "Alerts"), "indicator": tr("Kinds", "Indicators"), "advisory": tr("Kinds", "Advisories"),
        "finding": tr("Kinds", "Findings"), "vulnerability": tr("Kinds", "Vulnerabilities"),
        "endpoint": tr("Kinds", "Endpoints"), "organisation": tr("Kinds", "Organisations"),
        "threat-model": tr("Kinds", "Threats"),
    }.get(kind, kind)  # fmt: skip


def import_name(name: str, origin: str) -> str:
    """Return what an import is called: its file, or, where a bundle brought rows and no word of it, just that."""
    return QCoreApplication.translate("Kinds", "Rows from a bundle") if origin and not name else name


def kinds_in_words(kinds: Mapping[str, int]) -> str:
    """Return how many records of each kind: “120 alerts, 1 indicator”."""
    said = {
        "alert": lambda n: plural(n, "1 alert", "{0} alerts"),
        "indicator": lambda n: plural(n, "1 indicator", "{0} indicators"),
        "advisory": lambda n: plural(n, "1 advisory", "{0} advisories"),
        "finding": lambda n: plural(n, "1 finding", "{0} findings"),
        "vulnerability": lambda n: plural(n, "1 vulnerability", "{0} vulnerabilities"),
        "endpoint": lambda n: plural(n, "1 endpoint", "{0} endpoints"),
        "organisation": lambda n: plural(n, "1 organisation", "{0} organisations"),
        "threat-model": lambda n: plural(n, "1 threat", "{0} threats"),
    }
    words = []
    for kind, number in kinds.items():
        told = said[kind](number) if kind in said else f"{{0}} {kind}"
        words.append(told.format(f"{number:,}"))
    return ", ".join(words)


def recognised_by(why: str, title: str) -> str:
    """Return by what a file was recognised, in the language of the screen, without the title that stands beside it."""
    return harmless(respoken(why).removeprefix(f"{title}: "))


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Return what was left out, by its short word, the most first: “5 dns, 2 flow”."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{number:,} {harmless(respoken(word))}" for word, number in ordered)


def records_in_words(number: int) -> str:
    """Return how many records: “1 record”, “1,200 records”."""
    return plural(number, "1 record", "{0} records").format(f"{number:,}")


def rows_in_words(number: int) -> str:
    """Return how many rows: “1 row”, “1,200 rows”."""
    return plural(number, "1 row", "{0} rows").format(f"{number:,}")


def tally_in_words(new: int, repeats: int, rejected: int, left_out: int = 0) -> str:
    """Return what became of the records of a file: “12 new, 1 repeat, 0 rejected”, and what its reader left out."""
    tr = QCoreApplication.translate
    again = plural(repeats, "1 repeat", "{0} repeats").format(f"{repeats:,}")
    words = tr("Kinds", "{0} new, {1}, {2} rejected").format(f"{new:,}", again, f"{rejected:,}")
    return tr("Kinds", "{0}, {1} left out by you").format(words, f"{left_out:,}") if left_out else words


def left_out_in_words(counts: Mapping[str, int], format_name: str) -> str:
    """Return what was not kept of a file, and why; of STIX the names are, with what refers to them."""
    tr = QCoreApplication.translate
    links = counts.get(LINK_TO_READ_ON, 0)
    if links:
        rest = {word: number for word, number in counts.items() if word != LINK_TO_READ_ON}
        words = plural(
            links,
            "1 link left out: the text takes other addresses apart, so this one is a link to read on.",
            "{0} links left out: the text takes other addresses apart, so these are links to read on.",
        ).format(f"{links:,}")
        return f"{left_out_in_words(rest, format_name)} {words}" if rest else words
    one = sum(counts.values()) == 1
    why = tr("Kinds", "{0}: not kept, there is no list for them.")
    words = (tr("Kinds", "{0}: not kept, there is no list for it.") if one else why).format(counts_in_words(counts))
    if format_name == "stix":
        many = tr("Kinds", "Their names are found with the records that refer to them.")
        words += " " + (tr("Kinds", "Its name is found with the records that refer to it.") if one else many)
    return words


def columns_of(kind: str) -> tuple[Column, ...]:
    """Return the columns in which records of a kind are shown."""
    tr = QCoreApplication.translate
    severity = Column("severity", tr("Kinds", "Severity"), 104, "severity", sortable=False)
    title = Column("title", tr("Kinds", "Title"), 200, "text", stretch=True, sortable=False)
    host = Column("host", tr("Kinds", "Host"), 130, drop=1, sortable=False)
    category = Column("category", tr("Kinds", "Kind"), 120, drop=3, sortable=False)
    score = Column("score", tr("Kinds", "Score"), 76, drop=4, right=True, sortable=False)

    def seen(words: str, drop: int = 2) -> Column:
        return Column("seen", words, 216, drop=drop, sortable=False)

    def until(words: str, drop: int = 2) -> Column:
        return Column("until", words, 216, drop=drop, sortable=False)

    def value(words: str, width: int, **more: Any) -> Column:
        return Column("value", words, width, "mono", sortable=False, **more)

    return {
        "alert": (
            severity,
            Column("title", tr("Kinds", "Alert"), 220, "text", stretch=True, sortable=False),
            seen(tr("Kinds", "Seen"), 4),
            Column("organisation", tr("Kinds", "Organisation"), 110, drop=2, sortable=False),
            host,
            Column("src", tr("Kinds", "From"), 184, "mono", drop=3, sortable=False),
        ),
        "indicator": (
            Column("category", tr("Kinds", "Type"), 90, sortable=False),
            value(tr("Kinds", "Indicator"), 330, stretch=True),
            Column("title", tr("Kinds", "Belongs to"), 180, drop=2, sortable=False),
            Column("score", tr("Kinds", "Confidence"), 92, drop=3, right=True, sortable=False),
            until(tr("Kinds", "Valid until"), 1),
        ),
        "advisory": (
            value(tr("Kinds", "Advisory"), 130, drop=4),
            Column("severity", tr("Kinds", "Severity"), 104, "severity", drop=3, sortable=False), title,
            Column("day", tr("Kinds", "Published"), 104, drop=1, sortable=False), until(tr("Kinds", "Due")),
        ),
        "finding": (
            Column("severity", tr("Kinds", "Severity"), 104, "severity", drop=4, sortable=False),
            Column("host", tr("Kinds", "Host"), 150, drop=3, sortable=False),
            Column("dst", tr("Kinds", "Address"), 206, "mono", sortable=False),
            value(tr("Kinds", "CVE"), 140, drop=2), title,
            Column("score", tr("Kinds", "Score"), 76, drop=1, right=True, sortable=False),
        ),
        "vulnerability": (
            value(tr("Kinds", "CVE"), 150), title, category, score, until(tr("Kinds", "Due"), 1),
        ),
        "endpoint": (
            Column("host", tr("Kinds", "Host"), 180, stretch=True, sortable=False),
            Column("src", tr("Kinds", "Address"), 150, "mono", drop=2, sortable=False),
            Column("category", tr("Kinds", "System"), 170, drop=3, sortable=False),
            value(tr("Kinds", "Id"), 150, drop=1), seen(tr("Kinds", "Last seen")),
        ),
        "organisation": (
            value(tr("Kinds", "Code"), 110), Column("title", tr("Kinds", "Name"), 220, stretch=True, sortable=False),
            Column("category", tr("Kinds", "Role"), 150, drop=2, sortable=False), until(tr("Kinds", "Closed"), 1),
        ),
        "threat-model": (
            title, Column("host", tr("Kinds", "Component"), 150, drop=2, sortable=False), category, severity,
            Column("detail", tr("Kinds", "Mitigation"), 200, drop=1, sortable=False),
        ),
    }[kind]  # fmt: skip


def shown_text(found: Mapping[str, str], kind: str) -> dict[str, Any]:
    """Return the texts of a record as cells show them: addresses harmless, and nothing said twice."""
    row: dict[str, Any] = {name: harmless(found[name]) for name in _HARMLESS}
    row["value"] = harmless_value(found["value"], found["category"])
    if kind == "indicator" and found["title"] == found["value"]:
        row["title"] = ""  # it belongs to nothing but itself
    return row


def shown_row(number: int, found: Sequence[Any]) -> dict[str, Any]:
    """Return a record as a reader sends it (``evidence.COLUMNS``) as a table shows it, addresses defanged."""
    row = shown_text({name: found[_AT[name]] for name in _HARMLESS}, KINDS[found[_AT["kind"]]])
    score = found[_AT["score"]]
    graded = found[_AT["severity"]] or found[_AT["severity_raw"]] or not found[_AT["kind"]]
    return {
        **row,
        "id": str(number),
        "severity": band(found[_AT["severity"]]).lower() if graded else "",
        "seen": in_words(found[_AT["seen_at"]]),
        "day": day_in_words(found[_AT["seen_at"]]),
        "until": due_in_words(found[_AT["until_at"]], by_day=KINDS[found[_AT["kind"]]] in BY_DAY),
        "score": score_words(score),
        "organisation": found[_AT["organisation"]],
    }


def score_words(score: float | None) -> str:
    """Return a source's score as people write one: small chances too without an exponent."""
    if score is None:
        return ""
    return f"{score:.5f}".rstrip("0").rstrip(".") if 0 < score < 0.001 else f"{score:.4g}"


def undated(rows: Sequence[Sequence[Any]]) -> int:
    """Return how many alerts among some records give no time that can be read."""
    return sum(1 for found in rows if not found[_AT["kind"]] and found[_AT["seen_at"]] is None)
