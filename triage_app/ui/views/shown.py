"""Imported words as a screen may show them: control characters spelt out, addresses made harmless."""

from __future__ import annotations

import re
from typing import Final

from triage_app.domain.indicators import canonical_values, defang

_WORDS = re.compile(r"(\s+)")
_LONGEST = 2_000
"""Characters of one text that are taken apart; a longer one is defanged as a whole, which is cheap."""

_ENDINGS: Final = frozenset((
    "7z", "bat", "bin", "cfg", "chm", "cmd", "cpl", "csv", "dat", "dll", "doc", "docm", "docx", "dotm", "dotx", "eml",
    "exe", "gif", "gz", "hta", "htm", "html", "ico", "img", "ini", "iso", "jar", "jpeg", "jpg", "js", "jse", "json",
    "lnk", "log", "msg", "msi", "ods", "odt", "pdf", "png", "potm", "pps", "ppsm", "ppt", "pptm", "pptx", "ps1",
    "psd", "rar", "reg", "rtf", "scr", "svg", "sys", "tar", "tmp", "txt", "vbe", "vbs", "vhd", "vhdx", "wsf", "wsh",
    "xls", "xlsb", "xlsm", "xlsx", "xlt", "xltm", "xml", "xsl", "yaml", "yml",
))  # fmt: skip
"""Endings of file names under which nobody can register a domain; .zip, .com, .mov and the like are both."""

_FILE = re.compile(r"(?:(?:[A-Za-z]:[\\/]|[\\/](?![\\/]))[^:@\"'<>|]*|[^\\/:@\"'<>|]*)\.([A-Za-z0-9]{2,4})\Z")
_AROUND: Final = "\"'()[]{}<>,;“”‘’«»"


def harmless(untrusted_text: str) -> str:
    """Return the text with every address in it defanged; version numbers and file names stay readable."""
    if "." not in untrusted_text and ":" not in untrusted_text:
        return untrusted_text
    if len(untrusted_text) > _LONGEST:
        return defang(untrusted_text)
    return "".join(_word(part) if "." in part or ":" in part else part for part in _WORDS.split(untrusted_text))


def harmless_value(untrusted_value: str, category: str) -> str:
    """Return what a record is about, defanged unless its source says that it is the name of a file."""
    is_file = category == "filename" and not any(sign in untrusted_value for sign in "/:@")
    return untrusted_value if is_file else harmless(untrusted_value)


def _word(part: str) -> str:
    if not canonical_values(part):
        return part
    file = _FILE.match(part.strip(_AROUND).rstrip("."))
    return part if file and file[1].lower() in _ENDINGS else defang(part)
