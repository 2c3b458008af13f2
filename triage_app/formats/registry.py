"""Every format, in the order in which a file is asked whether it is one: the more telling first.

A format is a module of this folder with ``FORMAT`` (the name that enters evidence ids), ``TITLE``,
``recognise`` and ``read``; CONTRIBUTING.md, "A new format" says what each owes. They are imported only
when asked for: a reader starts with every file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Final, Protocol

from triage_app.domain.evidence import Layout
from triage_app.domain.mapping import Mapping
from triage_app.formats.csv_table import Table
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import Output

_MODULES: Final = (
    "workbook", "outlook_message", "archive",
    "nhs_cyber_alerts", "defender", "mde", "sentinel", "sentinel_incident_rows", "sentinel_alerts",
    "defender_machines", "defender_vulnerabilities",
    "suricata", "kev", "cve", "nvd", "epss", "wazuh", "wazuh_vulnerabilities",
    "zeek", "ocsf", "xarf", "stix", "misp", "misp_feed", "misp_taxonomy",
    "open_threat_model", "threat_dragon", "cyclonedx_threats", "anubis", "proki", "breaches", "ctip",
    "nessus", "nessus_csv", "openvas", "openvas_csv", "qualys", "nmap", "iodef",
    "cef", "leef", "mail", "syslog",
    "shadowserver", "cert_eu", "defacements", "ods", "scored_vulnerabilities", "indicator_list",
    "json_table", "mapped_csv",
)  # fmt: skip


@dataclass(frozen=True)
class Context:
    """What a format is told beside the text."""

    name: str
    "The file's name, for sentences only."
    organisation: str
    "Code of the organisation that the file is about where it does not say, empty for none."
    head: Head
    mapping: Mapping | None = None
    "How a person said that this table is to be read."

    inner: Callable[[TextSource, str, Output, bool], None] | None = None
    """Reads a file inside this one: (its bytes, its name, where to, whether it is the only one). The reader gives it to
    archives and workbooks. Raises ``BadFile``."""

    def table(self, source: TextSource, output: Output, *, short_by: int = 0) -> Table:
        """Return the whole table that ``head.table`` is the beginning of; broken rows go to ``output``."""
        delimiter = self.head.table.delimiter if self.head.table else ","
        return Table(source.blocks(), delimiter, output.reject, short_by=short_by)


class Format(Protocol):
    """One format: what its module offers."""

    FORMAT: str
    "The name that enters evidence ids and never changes: 'suricata-eve'."
    TITLE: str
    "What a person calls it: 'Suricata EVE'."

    def recognise(self, head: Head) -> str | None:
        """Return why a file is of this format, in words a responder reads, or None if it is not."""

    def layout(self, head: Head) -> Layout:
        """Return how the records lie in the columns."""

    def read(self, source: TextSource, output: Output, context: Context) -> None:
        """Send every record to ``output``. ``begin`` has been called. Raises ``BadFile`` and nothing else."""


@cache
def modules() -> tuple[Format, ...]:
    """Return every format, the more telling first."""
    return tuple(_load(name) for name in _MODULES if find_spec(f"triage_app.formats.{name}"))


def formats() -> Iterator[tuple[str, str]]:
    """Yield (name, title) of every format."""
    for module in modules():
        yield module.FORMAT, module.TITLE


def named(format_name: str) -> Format:
    """Return the format of that name; raise ``KeyError`` if there is none."""
    for module in modules():
        if format_name == module.FORMAT:
            return module
    raise KeyError(format_name)


def _load(name: str) -> Format:
    return import_module(f"triage_app.formats.{name}")
