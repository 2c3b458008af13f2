"""Nessus and Tenable findings as CSV: Nessus' own export, Tenable.io's wide one and Tenable.sc's list."""

from __future__ import annotations

from typing import Final

from triage_app.domain.evidence import Layout
from triage_app.formats import scan_table
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.scan_times import moment

FORMAT: Final = "nessus-csv"
TITLE: Final = "Nessus or Tenable findings (CSV)"
SOURCE: Final = "Nessus"

COLUMNS: Final = scan_table.Columns(
    plugin=("plugin id", "plugin", "definition.id"),
    title=("name", "plugin name", "definition.name"),
    severity=("risk", "severity", "risk factor"),
    address=("ip address", "host", "asset.display_ipv4_address", "asset.host_name", "asset.name"),
    host=("fqdn", "dns name", "netbios name", "netbios", "host", "asset.display_fqdn", "asset.host_name",
          "asset.name"),
    port=("port", "asset.port"),
    family=("plugin family", "family", "definition.family"),
    cve=("cve", "definition.cve"),
    score=("cvss v3.0 base score", "cvss3 base score", "cvss v3 base score", "cvss v2.0 base score", "cvss",
           "cvss base score", "cvss v2 base score", "cvssv3", "definition.cvss3.base_score",
           "definition.cvss2.base_score"),
    seen=("last found", "last observed", "last seen", "last_seen", "last_observed", "host end"),
    detail=("synopsis", "solution", "definition.synopsis", "definition.solution"),
)  # fmt: skip


def recognise(head: Head) -> str | None:
    """Return why a file holds such findings, or None."""
    names = head.table.names if head.table else frozenset()
    if {"plugin id", "risk", "host", "name"} <= names:
        return "Findings as Nessus exports them: the columns Plugin ID, Risk, Host and Name."
    if {"plugin", "plugin name", "family", "severity", "ip address"} <= names:
        return "Findings as Tenable.sc exports them: the columns Plugin, Plugin Name, Family and Severity."
    if {"definition.id", "definition.name", "severity"} <= names:
        return "Findings as Tenable Vulnerability Management exports them: definition.id, definition.name and severity."
    return None


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return scan_table.layout(FORMAT, SOURCE, head.table.headers if head.table else (), COLUMNS)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a file to ``output``."""
    builder = Builder(layout(context.head), "finding", context.organisation)
    table = context.table(source, output, short_by=3)
    scan_table.read(table, output, builder, COLUMNS, _scale, moment)


def _scale(raw: str) -> str:
    return "nessus" if raw.isdecimal() else "words"
