"""IBM QRadar's Log Event Extended Format, 1.0 and 2.0: one event a line, with or without a syslog header.

LEEF 2.0 may name the sign between its attributes; without it, and in 1.0, that is a TAB. Daemons on the
way write a TAB as the two characters ``\\t`` or as ``#011``, and both are read. A line whose values are
still placeholders such as ``$type`` is a template of somebody's configuration: no event, so it is rejected.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.cef import KEY, pairs_of, texts_masked
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.log_lines import MAX_PAIRS, add, event_start, events_among, first, header_of, read_lines
from triage_app.formats.log_times import first_time, patterned_time
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.secret_text import mask_log
from triage_app.formats.secrets import may_hold_secret

FORMAT: Final = "leef"
TITLE: Final = "LEEF (IBM QRadar)"
SOURCE: Final = "LEEF"
KEY_RULE: Final = "leef/1"
"""The matter is (vendor, product, event id, port, category, source, destination, host, user), and for an event that
names none of the last four, its message with every run of digits as 0."""

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {
        "category": ("attributes", "cat"),
        "src": ("attributes", "src"),
        "dst": ("attributes", "dst"),
        "user": ("attributes", "usrName"),
        "url": ("attributes", "url"),
    },
)
_LEEF = re.compile(
    r"LEEF: ?([12])(\.\d)?\|([^|]*+)\|([^|]*+)\|([^|]*+)\|([^|]*+)(?:\|(.*))?\Z",
    re.DOTALL,
)
_START = re.compile(r"(?:\A|(?<=[\s:\]]))LEEF: ?[12](?:\.\d)?\|")
_DELIMITER = re.compile(r"(?:(0?x[0-9A-Fa-f]{1,4})|(\\t)|([^\w\s=|])|)\|")
_DIGITS = re.compile(r"\d+")
_PLACEHOLDER = re.compile(r"\$\{?[A-Za-z_][\w.-]{0,60}\}?\Z")


def recognise(head: Head) -> str | None:
    """Return why a file is LEEF, or None."""
    found = events_among(head.lines, _START)
    if found is None:
        return None
    return f"LEEF: {found[0]} of the first {found[1]} lines hold an event of the Log Event Extended Format."


def layout(head: Head) -> Layout:
    """Return how events lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every event of a file to ``output``."""
    read_lines(source, output, Builder(LAYOUT, organisation=context.organisation), _row)


def _row(builder: Builder, line: str) -> list[Any]:
    start = event_start(line, _START)
    if start < 0:
        raise ValueError("no LEEF event in this line")
    match = _LEEF.match(line, start)
    if match is None:
        raise ValueError("a LEEF event needs vendor, product, version and event id between bars; some are missing")
    before = line[:start].strip()
    record: dict[str, Any] = {"syslog": before} if before else {}
    names = ("vendor", "product", "productVersion", "eventId")
    record["version"] = match[1] + (match[2] or "")
    record |= dict(zip(names, match.groups()[2:], strict=False))
    delimiter, text = _delimiter(match[1], match[7] or "")
    if delimiter:
        record["delimiter"] = delimiter
    pairs, left = _attributes(text, delimiter)
    if may_hold_secret(line):
        pairs, left = texts_masked(pairs), mask_log(left)
    if left:
        record["textWithoutKey"] = left
    _refuse_template(record["eventId"], pairs)
    return _columns(builder, record | {"attributes": pairs} if pairs else record, pairs)


def _columns(builder: Builder, record: dict[str, Any], pairs: dict[str, Any]) -> list[Any]:
    vendor, product, event = (record[part].strip() for part in ("vendor", "product", "eventId"))
    message, category = first(pairs, "msg", "message", "reason"), first(pairs, "cat")
    columns: dict[str, Any] = {
        "title": _title(event, product, first(pairs, "name", "eventName", "eventDesc") or category or message),
        "category": category,
        "host": first(pairs, "identHostName", "hostName", "dstHostName", "srcHostName"),
        "user": first(pairs, "usrName", "identUserName"),
        "src": first(pairs, "src", "identSrc"),
        "dst": first(pairs, "dst"),
        "url": first(pairs, "url", "URL"),
        "hash": first(pairs, "sha256", "SHA256", "fileHash", "md5", "MD5"),
        "detail": _detail(pairs, message, f"{vendor} {product}".strip()),
    }
    parties: list[str] = [columns[part] for part in ("category", "src", "dst", "host", "user")]
    if not any(parties[1:]):
        parties.append(_DIGITS.sub("0", message))
    severity = first(pairs, "sev", "severity")
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [vendor, product, event, first(pairs, "dstPort"), *parties]),
        seen_at=_seen_at(pairs, record.get("syslog", "")),
        severity=graded("leef", severity.strip()),
        **columns,
    )


def _title(event: str, product: str, words: str) -> str:
    """Return the event's own name: its id where that is a word, else what the event says about itself."""
    if any(map(str.isalpha, event)):
        return event
    known = f"{product} event {event}".strip()
    return f"{known}: {words}" if words else known


def _delimiter(version: str, text: str) -> tuple[str, str]:
    """Return (what LEEF 2.0 names between its attributes, as written, the attributes); "" if it names nothing."""
    match = _DELIMITER.match(text) if version == "2" else None
    return (match[0][:-1], text[match.end() :]) if match else ("", text)


def _attributes(text: str, delimiter: str) -> tuple[dict[str, Any], str]:
    """Return (key → value, what had no key) of the part behind the last bar."""
    sign = _sign(delimiter)
    if sign == "\t" and "\t" not in text:
        sign = next((other for other in ("\\t", "#011") if other in text), sign)
    if sign not in text and sign == "\t" and len(KEY.findall(text[:20_000])) > 1:
        return pairs_of(text)
    parts = text.split(sign, MAX_PAIRS)
    if len(parts) > MAX_PAIRS:
        raise ValueError(f"more than {MAX_PAIRS} attributes in one event")
    pairs: dict[str, Any] = {}
    left: list[str] = []
    for part in parts:
        key, equals, value = part.partition("=")
        if equals and key.strip():
            add(pairs, key.strip(), value.strip())
        elif part.strip():
            left.append(part.strip())
    return pairs, sign.join(left)


def _sign(delimiter: str) -> str:
    if not delimiter or delimiter == "\\t":
        return "\\t" if delimiter else "\t"
    if delimiter[0] in "0xX" and len(delimiter) > 1:
        return chr(int(delimiter.lower().removeprefix("0").removeprefix("x"), 16)) or "\t"
    return delimiter


def _refuse_template(event: str, pairs: dict[str, Any]) -> None:
    """Raise ``ValueError`` for a line whose event, or most of its values, are still to be filled in."""
    open_values = [value for value in pairs.values() if _is_placeholder(value)]
    placeholder = event if _is_placeholder(event) else open_values[0] if len(open_values) > 1 else ""
    if placeholder and (placeholder == event or len(open_values) * 2 >= len(pairs)):
        raise ValueError(f"a template, not an event: {placeholder} stands where its value belongs")


def _is_placeholder(value: Any) -> bool:
    return isinstance(value, str) and _PLACEHOLDER.match(value) is not None


def _seen_at(pairs: dict[str, Any], before: str) -> int | None:
    """Return when the event was seen, by its own pattern where it names one; None where no time can be read."""
    time, pattern = first(pairs, "devTime"), first(pairs, "devTimeFormat")
    if time and pattern:
        try:
            return patterned_time(time, pattern)
        except ValueError:
            pass
    header = header_of(before) if before else None
    return first_time(time, header.time if header is not None else "")


def _detail(pairs: dict[str, Any], message: str, who: str) -> str:
    port = first(pairs, "dstPort")
    protocol = f"{first(pairs, 'proto')} {f'port {port}' if port else ''}".strip()
    parts = (message, first(pairs, "action", "policy"), protocol, who)
    return ", ".join(part for part in parts if part)
