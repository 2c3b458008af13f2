"""What a part of a mail says about itself: its type, charset, boundary, encoding, and the name of its file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from triage_app.formats.mail_coding import decoded, decoded_words, one_line
from triage_app.formats.mail_headers import Headers, without_comments

MOST_PARAMETERS: Final = 200
MOST_VALUE: Final = 4_000

_TYPE = re.compile(r"\s*([\w.+-]{1,100})\s*/\s*([\w.+-]{1,100})", re.ASCII)
_PARAMETER = re.compile(r";\s*+([^\s=;\"]{1,100})\s*+=\s*+(?:\"((?:[^\"\\]|\\.)*+)\"|([^;]*+))", re.DOTALL)
_CONTINUED = re.compile(r"(.+?)\*(\d{1,3})?(\*)?\Z", re.ASCII)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Content:
    """What a part says it is. ``name`` is the name of its file as it says, "" for none."""

    type: str
    encoding: str
    disposition: str
    name: str
    parameters: dict[str, str] = field(default_factory=dict)


def content_of(headers: Headers) -> Content:
    """Return what the headers of a part say about its content; text if they say nothing that can be read."""
    written = headers.raw("content-type")
    match = _TYPE.match(written)
    kind = f"{match[1]}/{match[2]}".lower() if match else "text/plain"
    parameters = read_parameters(written)
    disposition = headers.raw("content-disposition")
    named = read_parameters(disposition).get("filename") or parameters.get("name") or ""
    return Content(
        kind,
        one_line(without_comments(headers.raw("content-transfer-encoding")[:200])),
        disposition.partition(";")[0].strip().lower(),
        one_line(decoded_words(named)),
        parameters,
    )


def read_parameters(value: str) -> dict[str, str]:
    """Return the parameters of a header, the first of each name; parts and charsets (RFC 2231) put together."""
    found: dict[str, str] = {}
    split: dict[str, dict[int, tuple[bool, str]]] = {}
    for number, match in enumerate(_PARAMETER.finditer(value)):
        if number >= MOST_PARAMETERS:
            break
        name = match[1].lower()
        text = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3].strip().strip('"')
        text = text[:MOST_VALUE]
        continued = _CONTINUED.match(name)
        if continued:
            split.setdefault(continued[1], {}).setdefault(int(continued[2] or 0), (bool(continued[3]), text))
            if not continued[2]:
                split[continued[1]][0] = (True, text)
        else:
            found.setdefault(name, text)
    for name, pieces in split.items():
        found[name] = _together(pieces)
    return found


def _together(pieces: dict[int, tuple[bool, str]]) -> str:
    """Return a parameter's value from its numbered pieces; the first may name a charset: utf-8'en'%C2%A3."""
    charset, raw = "", b""
    for number in sorted(pieces):
        encoded, text = pieces[number]
        if encoded and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decoded(raw, charset)[:MOST_VALUE]
