"""CVE records: JSON 5.x as the CVE programme publishes them (with CISA's additions), and the older JSON 4.

Source: CVE JSON record format 5.1, and CVE_JSON_4.0_min_public.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of, read_objects, sample, words
from triage_app.formats.records import Output, shown
from triage_app.formats.registry import Context
from triage_app.formats.vulnerability_row import vulnerability_row

FORMAT: Final = "cve"
TITLE: Final = "CVE records"
SOURCE: Final = "CVE"
CATEGORY: Final = "record"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("cveMetadata", "cveId")})
WRAPPERS: Final = ("cves", "vulnerabilities", "items")
METRICS: Final = ("cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0")
"""The newest CVSS counts; that of the CNA, who assigned the CVE, before those of others."""
MOST_VERSION: Final = 40
"""Characters of a version that a sentence repeats."""


def recognise(head: Head) -> str | None:
    """Return why a file holds CVE records, or None."""
    if head.json is None:
        return None
    for record in sample(head.json, WRAPPERS):
        if _is_version_5(record):
            return f"CVE records, JSON {version_of(record.get('dataVersion')) or '5'}: {head.json.how}."
        if "CVE_data_meta" in record:
            return f"CVE records, JSON 4: {head.json.how}."
    return None


def layout(head: Head) -> Layout:
    """Return how records lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every record of a file to ``output``; rejected CVEs stay records and say so."""
    builder = Builder(LAYOUT, "vulnerability", context.organisation)

    def make(record: dict[str, Any]) -> list[Any]:
        if _is_version_5(record):
            return _version_5(builder, record)
        return _version_4(builder, record)

    read_objects(source, output, make, WRAPPERS, "containers")


def _is_version_5(record: dict[str, Any]) -> bool:
    return "cveMetadata" in record and ("containers" in record or record.get("dataType") == "CVE_RECORD")


def _version_5(builder: Builder, record: dict[str, Any]) -> list[Any]:
    cve = text_of(at(record, "cveMetadata", "cveId")).strip().upper()
    if not cve:
        raise ValueError("a record without cveId")
    cna = at(record, "containers", "cna")
    cna = cna if isinstance(cna, dict) else {}
    state = text_of(at(record, "cveMetadata", "state")).upper()
    described = english(cna.get("descriptions")) or english(cna.get("rejectedReasons"))
    score = next(_scores([cna, *_objects(at(record, "containers", "adp"))]), None)
    title = text_of(cna.get("title")).strip() or described or cve
    published = text_of(at(record, "cveMetadata", "datePublished")) or text_of(cna.get("datePublic"))
    return vulnerability_row(
        builder,
        record,
        cve,
        title=title,
        rejected=state == "REJECTED",
        published=published,
        score=score,
        columns={"category": CATEGORY, "detail": words(described, _affected(cna), _ssvc(record))},
    )


def _version_4(builder: Builder, record: dict[str, Any]) -> list[Any]:
    cve = text_of(at(record, "CVE_data_meta", "ID")).strip().upper()
    if not cve:
        raise ValueError("no CVE record: neither cveMetadata nor CVE_data_meta is there")
    described = english(at(record, "description", "description_data"))
    title = text_of(at(record, "CVE_data_meta", "TITLE")).strip() or described or cve
    state = text_of(at(record, "CVE_data_meta", "STATE")).upper()
    published = text_of(at(record, "CVE_data_meta", "DATE_PUBLIC"))
    given = at(record, "impact", "cvss")
    metrics = _objects(given if isinstance(given, list) else [given])
    score = next((found for one in metrics if (found := base_score(one.get("baseScore"))) is not None), None)
    return vulnerability_row(
        builder,
        record,
        cve,
        title=title,
        rejected=state == "REJECT",
        published=published,
        score=score,
        columns={"category": CATEGORY, "reference": cve, "detail": described},
    )


def english(values: Any) -> str:
    """Return the English text of a list of {lang, value}, or the first text there is."""
    found = [one for one in _objects(values) if text_of(one.get("value"))]
    chosen = next((one for one in found if text_of(one.get("lang")).lower().startswith("en")), None)
    return text_of((chosen or found[0])["value"]) if found else ""


def base_score(value: Any) -> float | None:
    """Return a CVSS base score, 0 to 10, from a JSON number or text; None for anything else."""
    score = number_of(value)
    return score if score is not None and 0 <= score <= 10 else None


def version_of(value: Any) -> str:
    """Return a version as a sentence may repeat it, "" for none: it is the file's word, and may be of any length."""
    return shown(text_of(value), MOST_VERSION)


def _scores(containers: list[dict[str, Any]]) -> Iterator[float]:
    for container in containers:
        metrics = _objects(container.get("metrics"))
        for name in METRICS:
            for metric in metrics:
                score = base_score(at(metric, name, "baseScore"))
                if score is not None:
                    yield score


def _affected(cna: dict[str, Any]) -> str:
    named = [
        f"{text_of(one.get('vendor'))} {text_of(one.get('product'))}".strip() for one in _objects(cna.get("affected"))
    ]
    return words(*list(dict.fromkeys(named))[:5])


def _ssvc(record: dict[str, Any]) -> str:
    """Return CISA's decision points in words, "" for none."""
    for container in _objects(at(record, "containers", "adp")):
        for metric in _objects(container.get("metrics")):
            if at(metric, "other", "type") == "ssvc":
                options = _objects(at(metric, "other", "content", "options"))
                return words(*(f"{name}: {text_of(value)}" for one in options for name, value in one.items()))
    return ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
