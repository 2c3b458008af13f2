"""OCSF findings (Open Cybersecurity Schema Framework, category 2), as security lakes and products export them.

Security, detection, incident and data security findings are alerts; vulnerability and compliance findings
are findings of a scan. Events of other categories, and checks that were passed, are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of, read_objects, sample, words
from triage_app.formats.records import Output, shown
from triage_app.formats.registry import Context
from triage_app.formats.times import LATEST, utc_milliseconds

FORMAT: Final = "ocsf"
TITLE: Final = "OCSF findings"
SOURCE: Final = "OCSF"
KEY_RULE: Final = "ocsf/1"
"""Where a finding has no uid the matter is (class, product, title, CVE, host, source, destination)."""

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {"title": ("finding_info", "title"), "reference": ("finding_info", "uid"), "detail": ("finding_info", "desc")},
)
WRAPPERS: Final = ("events", "findings", "Findings", "records", "Records", "items", "data", "value", "results")
_FINDING_CLASSES: Final = {2002: "vulnerable/vulnerable-system", 2003: ""}
_EARLIEST: Final = 100_000_000_000
"""A time below it is one in seconds, written against the schema: March 1973 in milliseconds."""

_HASHES: Final = {"3": 0, "sha-256": 0, "2": 1, "sha-1": 1, "1": 2, "md5": 2}
"""Hash algorithms, by id or name, the best first."""


def recognise(head: Head) -> str | None:
    """Return why a file is OCSF, or None."""
    if head.json is None:
        return None
    events = [record for record in sample(head.json, WRAPPERS, "class_uid") if _looks_like(record)]
    if not events:
        return None
    findings = sum(_class_of(event) // 1000 == 2 for event in events)
    return f"OCSF: {head.json.how}; among the first {len(events)} events {findings or 'no'} findings."


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a file to ``output``."""
    alerts = Builder(LAYOUT, organisation=context.organisation)
    findings = Builder(LAYOUT, "finding", context.organisation)
    read_objects(source, output, lambda record: _made(alerts, findings, record), WRAPPERS, "class_uid")


def _looks_like(record: dict[str, Any]) -> bool:
    known = sum(name in record for name in ("metadata", "category_uid", "type_uid", "activity_id", "severity_id"))
    return _class_of(record) > 0 and known >= 2


def _class_of(record: dict[str, Any]) -> int:
    """Return the class, from ``type_uid`` (class times 100 and activity) where it stands only there; 0 for none."""
    for name, divisor in (("class_uid", 1), ("type_uid", 100)):
        number = number_of(record.get(name))
        if number is not None and 0 < number < 1e9:
            return int(number) // divisor
    return 0


def _made(alerts: Builder, findings: Builder, record: dict[str, Any]) -> list[Any] | str:
    number = _class_of(record)
    if not number:
        raise ValueError("an event without class_uid")
    if number // 1000 != 2:
        return shown(f"{text_of(record.get('class_name')) or f'class {number}'}", 60)
    if number == 2003 and (text_of(at(record, "compliance", "status")).lower() or "-") in {"pass", "passed"}:
        return "compliance check that was passed"
    return _row(findings if number in _FINDING_CLASSES else alerts, record, number)


def _row(builder: Builder, record: dict[str, Any], number: int) -> list[Any]:
    info = record.get("finding_info")
    info = info if isinstance(info, dict) else record.get("finding")
    info = info if isinstance(info, dict) else {}
    product = text_of(at(record, "metadata", "product", "name")) or text_of(
        at(record, "metadata", "product", "vendor_name")
    )
    flaw = next(_objects(record.get("vulnerabilities")), {})
    cve = text_of(at(flaw, "cve", "uid"))
    title = text_of(info.get("title")) or text_of(flaw.get("title")) or text_of(record.get("message"))
    if not title:
        title = text_of(record.get("class_name")) or f"Finding of class {number}"
    uid = text_of(info.get("uid"))
    found = _Found(record)
    kinds = info.get("types")
    severity = text_of(record.get("severity_id"))
    grade = graded("ocsf", text_of(record.get("severity")) if severity in {"", "99"} else severity)
    parties = [found.host, found.src, found.dst]
    is_finding = builder.kind == "finding"
    return builder.row(
        record,
        key=builder.key(f"{product}/{uid}")
        if uid
        else builder.fingerprint(KEY_RULE, [str(number), product, title, cve, *parties]),
        seen_at=_time(record),
        severity=grade,
        value=cve if is_finding else "",
        score=_score(flaw) if is_finding else number_of(record.get("confidence_score")),
        rsit=_FINDING_CLASSES.get(number, ""),
        title=title,
        reference=uid,
        category=", ".join(filter(None, map(text_of, kinds))) if isinstance(kinds, list) else "",
        host=found.host,
        user=found.user,
        src=found.src,
        dst=found.dst,
        url=found.url or text_of(info.get("src_url")),
        hash=found.hash,
        detail=_detail(record, info, flaw, product),
    )


class _Found:
    """What a finding says about who and what, from its device, resources, evidences and observables."""

    def __init__(self, record: dict[str, Any]) -> None:
        evidences = list(_objects(record.get("evidences")))
        parts = [record, *evidences[:50]]
        things = [part for part in (record.get("device"), record.get("resource")) if isinstance(part, dict)]
        things += [device for part in evidences[:50] if isinstance(device := part.get("device"), dict)]
        things += list(_objects(record.get("resources")))[:50]
        seen = [(text_of(item.get("type")).lower(), text_of(item.get("value"))) for item in _observables(record)]
        names = [text_of(thing.get("hostname")) or text_of(thing.get("name")) for thing in things]
        self.host = _first(*names, *(text_of(thing.get("uid")) for thing in things), _of(seen, "hostname"))
        self.user = _first(
            *(text_of(at(part, "actor", "user", "name")) or text_of(at(part, "user", "name")) for part in parts),
            *(text_of(at(part, "actor", "user", "email_addr")) for part in parts),
            _of(seen, "user name", "user", "email address"),
        )
        device = record.get("device")
        self.src = _first(
            *(text_of(at(part, "src_endpoint", "ip")) for part in parts),
            text_of(device.get("ip")) if isinstance(device, dict) else "",
            _of(seen, "ip address"),
        )
        self.dst = _first(*(text_of(at(part, "dst_endpoint", "ip")) for part in parts))
        self.url = _first(
            *(text_of(at(part, "url", "url_string")) or text_of(part.get("url")) for part in parts),
            _of(seen, "url string", "uniform resource locator", "url"),
        )
        files = [at(part, *path) for part in parts for path in (("file",), ("process", "file"))]
        hashes = [one for file in files if isinstance(file, dict) for one in _objects(file.get("hashes"))]
        self.hash = _best(hashes) or _of(seen, "hash", "file hash", "fingerprint")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _observables(record: dict[str, Any]) -> list[dict[str, Any]]:
    return list(_objects(record.get("observables")))[:200]


def _first(*values: str) -> str:
    return next(filter(None, values), "")


def _of(seen: list[tuple[str, str]], *kinds: str) -> str:
    """Return the first observable of some kinds."""
    return next((value for kind, value in seen if kind in kinds and value), "")


def _best(hashes: list[dict[str, Any]]) -> str:
    """Return the value of the strongest hash."""
    ranked = [
        (
            _HASHES.get(text_of(one.get("algorithm_id")), _HASHES.get(text_of(one.get("algorithm")).lower(), 9)),
            at_,
            value,
        )
        for at_, one in enumerate(hashes)
        if (value := text_of(one.get("value")))
    ]
    return min(ranked)[2] if ranked else ""


def _score(flaw: dict[str, Any]) -> float | None:
    """Return the highest CVSS base score of a vulnerability."""
    scores = [number_of(one.get("base_score")) for one in _objects(at(flaw, "cve", "cvss"))]
    scores += [number_of(one.get("base_score")) for one in _objects(flaw.get("cvss"))]
    return max((score for score in scores if score is not None and 0 <= score <= 10), default=None)


def _detail(record: dict[str, Any], info: dict[str, Any], flaw: dict[str, Any], product: str) -> str:
    fix = _first(text_of(at(flaw, "remediation", "desc")), text_of(at(record, "remediation", "desc")))
    return words(
        _first(text_of(info.get("desc")), text_of(record.get("message")), text_of(flaw.get("desc"))),
        text_of(at(record, "compliance", "status")),
        text_of(at(record, "compliance", "control")),
        text_of(record.get("status")),
        f"to do: {fix}" if fix else "",
        product,
    )


def _time(record: dict[str, Any]) -> int:
    """Return the event's time, which the schema wants in milliseconds; its text twin is taken where that is not so."""
    number = number_of(record.get("time"))
    if number is not None and _EARLIEST <= number < LATEST:
        return int(number)
    for name in ("time_dt", "time"):
        text = record.get(name)
        if isinstance(text, str) and text:
            return utc_milliseconds(text)
    raise ValueError("an event without a readable time in milliseconds")
