"""Suricata EVE: alerts as one JSON array, one object a line, or objects one after another.

EVE gives an alert no id, so alerts of the same rule between the same addresses on the same port are
one matter. ``alert.severity`` runs backwards: 1 is the worst (Suricata user guide, EVE JSON format).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import ABSENT, Layout, evidence_id, fingerprint_key
from triage_app.domain.severity import normalise
from triage_app.formats.building import strings
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import MAX_TITLE, NO_RECORD, Output, compact, shown
from triage_app.formats.registry import Context
from triage_app.formats.secret_text import mask_log
from triage_app.formats.secrets import mask, may_hold_secret
from triage_app.formats.strict_json import BadRecord, Splitter, loads
from triage_app.formats.times import utc_milliseconds
from triage_app.formats.tokens import TokenFinder

FORMAT: Final = "suricata-eve"
TITLE: Final = "Suricata EVE"
SOURCE: Final = "Suricata"
KEY_RULE: Final = "suricata-eve/1"
"""The matter is (gid, signature_id, src_ip, dest_ip, dest_port)."""

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {
        "title": ("alert", "signature"),
        "category": ("alert", "category"),
        "src": ("src_ip",),
        "dst": ("dest_ip",),
    },
)
_MARKS = ("event_type", "flow_id", "src_ip", "dest_ip", "in_iface", "pcap_cnt", "alert", "proto")
_HASHES = ("sha256", "sha1", "md5")


def looks_like(record: dict[str, Any]) -> bool:
    """Tell whether a JSON object is an event as Suricata writes it."""
    return isinstance(record.get("event_type"), str) and "timestamp" in record and sum(m in record for m in _MARKS) >= 2


def recognise(head: Head) -> str | None:
    """Return why a file is Suricata's, or None."""
    if head.json is None:
        return None
    events = [record for record in head.json.records if isinstance(record, dict) and looks_like(record)]
    if events:
        alerts = sum(event["event_type"] == "alert" for event in events)
        found = f"{alerts} alerts" if alerts else "no alert"
        return f"Suricata EVE: {head.json.how}; among the first {len(head.json.records)} events {found}."
    return None


def layout(head: Head) -> Layout:
    """Return how events lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every alert of a file to ``output``."""
    source.json = True
    read_events(source.blocks(), output, context.organisation)


def read_events(blocks: Iterator[str], output: Output, organisation: str = "") -> None:
    """Send every alert of an EVE stream to ``output``; other events are counted, broken ones rejected."""
    finder = TokenFinder()
    for line, text, reason in Splitter(blocks):
        if reason:
            output.reject(line, reason, text)
            continue
        try:
            event = loads(text)
            if not isinstance(event, dict):
                raise BadRecord("not a JSON object")
            if ABSENT in event:
                raise BadRecord("a key that no source writes")
            if event.get("event_type") != "alert":
                kind = event.get("event_type")
                output.ignore(shown(kind, 40) if isinstance(kind, str) and kind else "without event_type")
                continue
            row = alert_row(_masked(event) if may_hold_secret(text) else event, organisation, finder)
        except ValueError as error:
            output.reject(line, str(error), text)
        else:
            output.row(row)


def alert_row(event: dict[str, Any], organisation: str = "", finder: TokenFinder | None = None) -> list[Any]:
    """Return the columns of one alert event; raise ``ValueError`` with the reason if it lacks what an alert needs."""
    alert = event.get("alert")
    if not isinstance(alert, dict):
        raise BadRecord("an alert event without an alert")
    if not alert.get("signature") and "signature_id" not in alert:
        raise BadRecord("an alert without a signature")
    timestamp = event.get("timestamp")
    if not isinstance(timestamp, str) or not timestamp:
        raise BadRecord("an alert without a time")
    seen_at = utc_milliseconds(timestamp)
    severity_raw = _text(alert.get("severity"))
    severity, severity_rule = normalise("suricata", severity_raw)

    rest = dict(event)
    rest["alert"] = dict(alert)
    title = _take(rest["alert"], "signature", MAX_TITLE)
    category = _take(rest["alert"], "category")
    src = _take(rest, "src_ip")
    dst = _take(rest, "dest_ip")
    port = _text(event.get("dest_port"))
    url = shown(_url(event.get("http"), port))
    host_hash = _hash(event)
    detail = _detail(event, alert, port)
    values = [_text(alert.get("gid", 1)), _text(alert.get("signature_id")), src, dst, port]
    if not values[1]:
        values[1] = title
    if not title.strip():
        title = f"Rule {values[1]}"
        if "signature" in alert:
            rest["alert"]["signature"] = alert["signature"]
        else:
            rest[ABSENT] = ["title"]
    rest_text = compact(rest)
    texts = [title, category, src, dst, url, detail, *strings(rest)]
    return [
        evidence_id(FORMAT, event),
        fingerprint_key(KEY_RULE, values),
        seen_at,
        severity,
        severity_raw,
        severity_rule,
        title,
        "",
        category,
        "",
        "",
        src,
        dst,
        url,
        host_hash,
        detail,
        organisation,
        "intrusion-attempts/ids-alert",
        "",
        rest_text,
        (finder or TokenFinder()).find(texts, rest_text, False),
        *NO_RECORD,
    ]


def _masked(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event without its secrets, those in the payload and in the texts of its requests too."""
    found: dict[str, Any] = mask(event)
    for name in ("payload_printable", "http"):
        if name in found:
            found[name] = _texts_masked(found[name])
    return found


def _texts_masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _texts_masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_texts_masked(item) for item in value]
    return mask_log(value) if isinstance(value, str) else value


def _take(node: dict[str, Any], key: str, limit: int = 4096) -> str:
    """Return a value for its column, and take it out of what remains if the column holds it word for word."""
    value = node.get(key)
    if not isinstance(value, str):
        return shown(_text(value), limit)
    column = shown(value, limit)
    if column == value and value:
        del node[key]
    return column


def _text(value: Any) -> str:
    if isinstance(value, str):
        return shown(value)
    if type(value) is int:
        return str(value)
    return "" if value is None or isinstance(value, dict | list) else json.dumps(value)


def _url(http: Any, port: str) -> str:
    if not isinstance(http, dict):
        return ""
    host, path = http.get("hostname"), http.get("url")
    if not isinstance(path, str):
        path = ""
    if "://" in path[:10]:
        return path
    if not isinstance(host, str) or not host:
        return path
    if ":" in host and not host.startswith("[") and host.count(":") > 1:
        host = f"[{host}]"
    authority = host if port in {"", "80", "443"} or ":" in host.rpartition("]")[2] else f"{host}:{port}"
    scheme = "https" if port == "443" else "http"
    return f"{scheme}://{authority}{path if path.startswith('/') or not path else '/' + path}"


def _hash(event: dict[str, Any]) -> str:
    nodes = [event.get("fileinfo"), event.get("alert")]
    files = event.get("files")
    if isinstance(files, list):
        nodes += files[:1]
    for node in nodes:
        if isinstance(node, dict):
            for name in _HASHES:
                if isinstance(node.get(name), str) and node[name]:
                    return shown(node[name])
    return ""


def _detail(event: dict[str, Any], alert: dict[str, Any], port: str) -> str:
    parts = []
    protocol, application = _text(event.get("proto")), _text(event.get("app_proto"))
    if protocol:
        parts.append(protocol + (f" port {port}" if port else ""))
    if application and application != "failed":
        parts.append(application)
    if alert.get("action"):
        parts.append(_text(alert["action"]))
    if alert.get("signature_id") is not None:
        ids = [alert.get("gid", 1), alert["signature_id"], alert.get("rev")]
        parts.append("rule " + ":".join(_text(part) for part in ids if part is not None))
    return shown(", ".join(parts))
