"""What a file is, told from its content and never from its name, with the reason in words."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.evidence import REJECT_COMMENT
from triage_app.errors import BadFile
from triage_app.formats import mapped_csv, shadowserver, suricata
from triage_app.formats.csv_table import Table, TooManyColumns, sniff
from triage_app.formats.decoding import TextSource
from triage_app.formats.strict_json import BadRecord, Splitter, loads

SAMPLE_ROWS: Final = 50
FORMATS: Final = (suricata.FORMAT, shadowserver.FORMAT, mapped_csv.FORMAT)

_JSON_KINDS: Final = (
    ({"spec_version", "objects"}, "a STIX bundle"),
    ({"type", "objects"}, "a STIX bundle"),
    ({"Event"}, "a MISP event"),
    ({"response"}, "an answer of a MISP or similar server"),
    ({"vulnerabilities", "catalogVersion"}, "a catalogue of known exploited vulnerabilities"),
    ({"vulnerabilities"}, "a list of vulnerabilities"),
    ({"dataType", "containers"}, "a CVE record"),
    ({"xarf_version"}, "an X-ARF report"),
    ({"alertWebUrl"}, "Microsoft Defender alerts"),
    ({"serviceSource", "detectorId"}, "Microsoft Defender alerts"),
    ({"machineId", "alertCreationTime"}, "Microsoft Defender alerts"),
    ({"properties", "etag"}, "Microsoft Sentinel incidents"),
    ({"rule", "agent", "decoder"}, "Wazuh alerts"),
    ({"rule", "agent"}, "Wazuh alerts"),
    ({"_path", "ts"}, "a Zeek log"),
    ({"ts", "uid"}, "a Zeek log"),
    ({"Audits"}, "a security score report"),
    ({"value", "@odata.context"}, "an answer of Microsoft Graph"),
    ({"format", "application_id"}, "an export of another alert tool"),
)
_TEXT_KINDS: Final = (
    (r"\s*<\?xml|\s*<!DOCTYPE (?!html)|\s*<[A-Za-z][\w:-]*[^<>]*xmlns", "an XML file"),
    (r"(?i)\s*<(?:!doctype html|html|head|body)\b", "a web page"),
    (r"\s*<NessusClientData", "a Nessus report"),
    (r"(?:<\d+>)?.{0,120}CEF:\d\|", "a log in CEF"),
    (r"(?:<\d+>)?.{0,120}LEEF:\d", "a log in LEEF"),
    (r"#separator |#fields\t", "a Zeek log"),
    (r"(?:[A-Za-z][A-Za-z-]*:[ \t][^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){3,}", "an e-mail"),
    (r"<\d{1,3}>", "a syslog file"),
    (r"---\r?\n", "a YAML file"),
    (r"# Nmap ", "an Nmap report"),
    (r"-----BEGIN ", "a key or a certificate"),
)
_REJECTED = re.compile(rf"(?:{REJECT_COMMENT}[^\n]*\n\s*)+")
"""What a file of rejected records that is no table begins with."""

_ADVICE: Final = "This version reads Suricata EVE, Shadowserver reports, and any CSV table: export it as one of those."


@dataclass
class Detected:
    """What a file was found to be, and why in words."""

    format: str
    why: str
    delimiter: str = ""
    headers: list[str] = field(default_factory=list)
    sample: list[list[str]] = field(default_factory=list)
    report: shadowserver.Report | None = None


def detect(source: TextSource, name: str, forced: str | None) -> Detected:
    """Return the format of a file from its first bytes; raise ``BadFile`` naming what it looks like otherwise.

    ``forced`` is the format the responder named: then only that one is tried.
    """
    text = source.peek()
    stripped = text.lstrip("\ufeff \t\r\n")
    if forced == suricata.FORMAT or (forced is None and _REJECTED.sub("", stripped, count=1)[:1] in {"{", "["}):
        return _json(text, name, forced, source.complete)
    if forced is None:
        for pattern, kind in _TEXT_KINDS:
            if re.match(pattern, stripped[:4096]):
                raise BadFile(f"{name} looks like {kind}, which is not a format this version reads.", _ADVICE)
    return _table(text, source, name, forced)


def _json(text: str, name: str, forced: str | None, complete: bool) -> Detected:
    seen = alerts = events = 0
    kind, shape = "", ""
    splitter = Splitter(iter((text,)))
    for _, record_text, reason in splitter:
        seen += 1
        if seen > 200:
            break
        if reason:
            continue
        try:
            record = loads(record_text)
        except BadRecord:
            continue
        shape = "a JSON array" if splitter.shape == "array" else "one JSON object after another"
        if isinstance(record, dict):
            if suricata.looks_like(record):
                events += 1
                alerts += record["event_type"] == "alert"
            kind = kind or _json_kind(record)
    if events:
        found = f"{alerts} alerts" if alerts else "no alert"
        return Detected(suricata.FORMAT, f"Suricata EVE: {shape}; among the first {seen} events {found}.")
    if not shape and seen == 0 and text.strip() in {"[]", "[ ]"}:
        raise BadFile(f"{name} holds an empty JSON list.", "There is nothing in it to import.")
    if not shape and not complete and '"event_type"' in text:
        return Detected(suricata.FORMAT, "Suricata EVE: its first event is longer than what was looked at.")
    if not shape:
        raise BadFile(
            f"{name} begins like JSON but no record of it can be read.",
            "It may be cut off or damaged: copy it again from where it came from.",
        )
    if forced:
        raise BadFile(f"{name} has no Suricata events.", "Leave the format to the program, or choose another.")
    raise BadFile(
        f"{name} looks like {kind or 'JSON of another kind'}, which is not a format this version reads.", _ADVICE
    )


def _json_kind(record: dict[str, Any]) -> str:
    keys = set(record)
    return next((kind for marks, kind in _JSON_KINDS if marks <= keys), "")


def _table(text: str, source: TextSource, name: str, forced: str | None) -> Detected:
    delimiter = sniff(text)
    if not delimiter:
        raise BadFile(f"{name} is text, but no table: no columns were found in it.", _ADVICE)
    try:
        table = Table(iter((text,)), delimiter, _nowhere, short_by=shadowserver.SHORT_BY)
        sample = []
        for row in table:
            sample.append(row)
            if len(sample) >= SAMPLE_ROWS:
                break
    except (TooManyColumns, csv.Error):
        raise BadFile(f"{name} has more columns than any list of alerts.", _ADVICE) from None
    if len(table.headers) < 2:
        raise BadFile(f"{name} is text, but no table: no columns were found in it.", _ADVICE)
    how = _how(source.encoding, delimiter)
    if forced in {None, shadowserver.FORMAT}:
        report = shadowserver.recognise(table.headers, sample)
        if report is not None:
            which = f"its header is that of {report.id}" if report.needs else "its header is of that family, but new"
            why = f"Shadowserver report: {which}; {how}."
            return Detected(shadowserver.FORMAT, why, delimiter, table.headers, sample, report)
        if forced:
            raise BadFile(f"{name} lacks the columns of a Shadowserver report.", "Leave the format to the program.")
    return Detected(
        mapped_csv.FORMAT, f"A table of {len(table.headers)} columns; {how}.", delimiter, table.headers, sample
    )


def _how(encoding: str, delimiter: str) -> str:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    code = {
        "utf-8": "UTF-8",
        "utf-8-sig": "UTF-8 with a mark at the start",
        "utf-16": "UTF-16",
        "windows-1252": "not valid UTF-8, so read as Windows-1252: check the accents",
    }
    return f"{names[delimiter]} between cells, {code[encoding]}"


def _nowhere(line: int, reason: str, text: str) -> None:
    """Take a rejected row of the sample and do nothing: it is rejected again when the file is read."""
