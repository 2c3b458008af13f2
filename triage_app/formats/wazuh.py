"""Wazuh alerts: lines of ``alerts.json``, an array, or the hits of a search in its indexer.

``rule.level`` runs from 0 to 16, upwards. Each alert has an id of its own that says nothing about the matter:
the matter is the rule on the agent, with the addresses and the account it names. Source: Wazuh ruleset, levels.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.secret_text import mask_log
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "wazuh-alerts"
TITLE: Final = "Wazuh alerts"
SOURCE: Final = "Wazuh"
KEY_RULE: Final = "wazuh-alerts/1"
"""The matter is (rule id, agent id, source address, destination address, account)."""

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {
        "title": ("rule", "description"),
        "host": ("agent", "name"),
        "src": ("data", "srcip"),
        "dst": ("data", "dstip"),
    },
)
WRAPPERS: Final = ("hits",)
AROUND: Final = ("hits",)
_LOGS: Final = ("full_log", "previous_log", "previous_output")
"""The lines that made an alert, as some program wrote them."""

_USERS: Final = ("dstuser", "srcuser", "user")


def recognise(head: Head) -> str | None:
    """Return why a file holds Wazuh alerts, or None."""
    if head.json is None:
        return None
    records = (hits_of(record) for record in sample(head.json))
    if not any(_is_alert(source_of(one)) for inner in records for one in inner):
        return None
    return f"Wazuh alerts: {head.json.how} with rule and agent."


def layout(head: Head) -> Layout:
    """Return how alerts lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every alert of a file to ``output``."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    read_objects(source, output, lambda record: _row(builder, source_of(record)), WRAPPERS, "rule", _hits, AROUND)


def hits_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the hits of a search's answer, or the record itself."""
    inner = at(record, "hits", "hits")
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else [record]


def _hits(record: dict[str, Any]) -> dict[str, Any]:
    inner = record.get("hits")
    return inner if isinstance(inner, dict) and isinstance(inner.get("hits"), list) else record


def source_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a hit, or the record itself."""
    inner = record.get("_source")
    return inner if isinstance(inner, dict) else record


def _is_alert(record: dict[str, Any]) -> bool:
    return "level" in (record.get("rule") or {} if isinstance(record.get("rule"), dict) else {}) and "agent" in record


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    if not _is_alert(record):
        raise ValueError("no Wazuh alert: it lacks rule or agent")
    logs = {name: mask_log(record[name]) for name in _LOGS if isinstance(record.get(name), str)}
    record = record | logs
    time = text_of(record.get("timestamp")) or text_of(record.get("@timestamp"))
    if not time:
        raise ValueError("an alert without timestamp")
    rule = text_of(at(record, "rule", "id"))
    title = text_of(at(record, "rule", "description")).strip()
    user = next((found for name in _USERS if (found := text_of(at(record, "data", name)))), "")
    groups = at(record, "rule", "groups")
    techniques = at(record, "rule", "mitre", "id")
    addresses = [text_of(at(record, "data", name)) for name in ("srcip", "dstip")]
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [rule, text_of(at(record, "agent", "id")), *addresses, user]),
        seen_at=utc_milliseconds(time),
        severity=graded("wazuh", text_of(at(record, "rule", "level"))),
        columns={} if title else {"title": f"Wazuh rule {rule}"},
        category=words(*map(text_of, groups)) if isinstance(groups, list) else "",
        user=user,
        hash=text_of(at(record, "syscheck", "sha256_after")) or text_of(at(record, "data", "sha256")),
        detail=words(
            text_of(record.get("full_log")),
            f"rule {rule}" if rule else "",
            words(*map(text_of, techniques)) if isinstance(techniques, list) else "",
        ),
    )
