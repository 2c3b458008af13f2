"""ArcSight Common Event Format: one event a line, with or without a syslog header before it.

The record keeps every value as it was written, its escapes included; only the columns show them
resolved. CEF's ``externalId`` numbers events, not matters, so events of the same kind between the same
parties are one matter. A time without a year is no time: ``seen_at`` is then empty and the header is kept.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.log_lines import MAX_PAIRS, add, event_start, events_among, first, header_of, read_lines
from triage_app.formats.log_times import first_time
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.secret_text import mask_log
from triage_app.formats.secrets import MASK, is_secret, may_hold_secret

FORMAT: Final = "cef"
TITLE: Final = "CEF (ArcSight)"
SOURCE: Final = "CEF"
KEY_RULE: Final = "cef/1"
"""The matter is (vendor, product, event class, name, port, source, destination, host, user, file hash), and for an
event that names none of the last five, what else it names: MAC addresses, file, message with runs of digits as 0."""

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {
        "title": ("name",),
        "reference": ("extension", "externalId"),
        "category": ("extension", "cat"),
        "src": ("extension", "src"),
        "dst": ("extension", "dst"),
    },
)
_FIELD = r"((?:[^|\\]++|\\.)*+)"
_CEF = re.compile(rf"CEF: ?(\d+)\|{_FIELD}\|{_FIELD}\|{_FIELD}\|{_FIELD}\|{_FIELD}\|([^|]*+)(?:\|(.*))?\Z", re.DOTALL)
_START = re.compile(r"(?:\A|(?<=[\s:\]]))CEF: ?\d+\|")
KEY = re.compile(r"(?:\A|(?<=[ \t]))([A-Za-z_][\w.\-\[\]]{0,99})=")
_DIGITS = re.compile(r"\d+")
_ESCAPE = re.compile(r"\\([\\=|nr])")
_RESOLVED: Final = {"n": "\n", "r": "\r"}
_CUSTOM = re.compile(r"(.{1,40})Label\Z")
_SECRET_KEYS: Final = ("requestCookies",)


def recognise(head: Head) -> str | None:
    """Return why a file is CEF, or None."""
    found = events_among(head.lines, _START)
    if found is None:
        return None
    return f"CEF: {found[0]} of the first {found[1]} lines hold an event of the Common Event Format."


def layout(head: Head) -> Layout:
    """Return how events lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every event of a file to ``output``."""
    read_lines(source, output, Builder(LAYOUT, organisation=context.organisation), _row)


def _row(builder: Builder, line: str) -> list[Any]:
    start = event_start(line, _START)
    if start < 0:
        raise ValueError("no CEF event in this line")
    match = _CEF.match(line, start)
    if match is None:
        raise ValueError("a CEF event needs seven fields between bars; some are missing")
    before = line[:start].strip()
    record = {"syslog": before} if before else {}
    names = ("version", "vendor", "product", "productVersion", "eventClass", "name", "severity")
    record |= dict(zip(names, match.groups(), strict=False))
    extension, left = pairs_of(match[8] or "")
    if left:
        record["textBeforeExtension"] = left
    labels = {custom[1]: first(extension, key) for key in extension if (custom := _CUSTOM.match(key))}
    _mask(extension, labels)
    if may_hold_secret(line):
        record |= {name: mask_log(record[name]) for name in ("name", "textBeforeExtension") if name in record}
        extension = texts_masked(extension)
    whole: dict[str, Any] = record | {"extension": extension} if extension else record
    return _columns(builder, whole, {key: _list(value) for key, value in extension.items()}, labels)


def _columns(builder: Builder, record: dict[str, Any], pairs: dict[str, Any], labels: dict[str, str]) -> list[Any]:
    """Return the columns of an event; ``pairs`` is its extension with the escapes resolved."""
    vendor, product, kind, name = (_plain(record[part]) for part in ("vendor", "product", "eventClass", "name"))
    severity = graded("cef", record["severity"].strip())
    if severity[1] and severity[2].startswith("unknown"):
        severity = graded("words", severity[1])
    columns: dict[str, Any] = {
        "title": name or f"{product} event {kind}",
        "reference": first(pairs, "externalId"),
        "category": first(pairs, "cat"),
        "host": first(pairs, "dhost", "shost"),
        "user": first(pairs, "duser", "suser"),
        "src": first(pairs, "src") or _labelled(pairs, labels, "source ipv6 address"),
        "dst": first(pairs, "dst") or _labelled(pairs, labels, "destination ipv6 address"),
        "url": first(pairs, "request"),
        "hash": first(pairs, "fileHash"),
        "detail": _detail(pairs, " ".join(part for part in (vendor, product, first(pairs, "dvchost")) if part)),
    }
    if not any(columns[part] for part in ("src", "dst", "host")):  # then the device that reports is what it is about
        columns |= {"src": first(pairs, "dvc"), "host": first(pairs, "dvchost")}
    parties: list[str] = [columns[part] for part in ("src", "dst", "host", "user", "hash")]
    if not any(parties):
        named = [first(pairs, key) for key in ("deviceExternalId", "smac", "dmac", "fname", "request")]
        parties = [*named, _DIGITS.sub("0", first(pairs, "msg"))]
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [vendor, product, kind, name, first(pairs, "dpt"), *parties]),
        seen_at=_seen_at(pairs, record.get("syslog", "")),
        severity=severity,
        texts=[text for value in pairs.values() for text in ([value] if isinstance(value, str) else value)],
        **columns,
    )


def pairs_of(text: str, escape: str = "\\") -> tuple[dict[str, Any], str]:
    """Return (key → value as written, what stood before the first key) of ``key=value with spaces key=value``.

    A key that comes twice has a list of its values. Raises ``ValueError`` for more keys than an event has.
    """
    found = [match for _, match in zip(range(MAX_PAIRS + 1), KEY.finditer(text), strict=False)]
    if len(found) > MAX_PAIRS:
        raise ValueError(f"more than {MAX_PAIRS} keys in one event")
    if not found:
        return {}, text.strip()
    pairs: dict[str, Any] = {}
    for match, following in zip(found, [*found[1:], None], strict=True):
        add(pairs, match[1], text[match.end() : following.start() if following else len(text)].strip())
    return pairs, text[: found[0].start()].strip()


def _plain(text: str) -> str:
    """Return a value with its escapes resolved."""
    return _ESCAPE.sub(lambda match: _RESOLVED.get(match[1], match[1]), text).strip() if "\\" in text else text.strip()


def _list(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list) else _plain(value)


def _mask(extension: dict[str, Any], labels: dict[str, str]) -> None:
    """Mask the values of custom fields whose label says that they are secret, and of cookies."""
    secret = [key for key, label in labels.items() if key in extension and is_secret(label)]
    for key in (*secret, *(key for key in _SECRET_KEYS if extension.get(key))):
        extension[key] = MASK


def texts_masked(pairs: dict[str, Any]) -> dict[str, Any]:
    """Return the pairs of an event with the secrets in the texts of their values masked."""
    return {
        key: [mask_log(item) for item in value] if isinstance(value, list) else mask_log(value)
        for key, value in pairs.items()
    }


def _labelled(pairs: dict[str, Any], labels: dict[str, str], wanted: str) -> str:
    """Return the value of the custom field that bears a label."""
    return next((first(pairs, key) for key, label in labels.items() if label.lower() == wanted), "")


def _seen_at(pairs: dict[str, Any], before: str) -> int | None:
    """Return when the event was seen: as the device says, else as the syslog header does if it names the year."""
    zone = first(pairs, "dtz")
    times = [first(pairs, key) for key in ("rt", "end", "start", "deviceReceiptTime")]
    header = header_of(before) if before else None
    if header is not None:
        times.append(header.time)
    return first_time(*times, zone=zone)


def _detail(pairs: dict[str, Any], who: str) -> str:
    message, port = first(pairs, "msg"), first(pairs, "dpt")
    protocol = " ".join(
        part for part in (first(pairs, "app") or first(pairs, "proto"), f"port {port}" if port else "") if part
    )
    parts = (message, first(pairs, "act"), protocol, first(pairs, "fname"), who)
    return ", ".join(part for part in parts if part)
