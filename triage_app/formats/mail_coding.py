"""How mail writes letters and bytes: transfer encodings, character sets and encoded words, all of them bounded.

Mail is written by attackers and by programs that got it wrong; nothing here raises, and what cannot be
decoded is decoded as far as it goes. Only character sets that are nothing but character sets are used:
Python also knows codecs under such names that take quadratic time or are no text at all.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

MOST_WORDS: Final = 2_000
"""Encoded words of one header that are decoded; the rest stays as it is written."""

_CHARSET = re.compile(
    r"(?:utf-?(?:7|8|16|32)(?:-?[bl]e)?|(?:us-)?ascii|ansi-x3\.4-19(?:68|86)|iso-?8859-\d{1,2}(?:-[ei])?|latin-?\d{1,2}"
    r"|(?:windows|cp|ibm|x-cp)-?\d{3,4}|koi8-[rtu]|gb-?(?:2312|k|18030)|big5(?:-hkscs)?|euc-?(?:jp|kr|cn)"
    r"|(?:x-)?s(?:hift)?-?jis|iso-2022-(?:jp(?:-\d|-ext)?|kr)|ks-c-5601(?:-1987)?|hz(?:-gb-2312)?|johab|tis-620"
    r"|mac(?:intosh|-?roman|-?cyrillic|-?greek|-?turkish))\Z"
)
_ASCII: Final = frozenset(["", "ascii", "us-ascii", "ansi-x3.4-1968", "ansi-x3.4-1986"])
_PYTHON_NAMES: Final = {
    "ks-c-5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "macintosh": "mac-roman",
    "gb2312": "gb18030",
    "x-sjis": "cp932",
    "x-shift-jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "hz-gb-2312": "hz",
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([BbQq])\?([^?]*+)\?=", re.ASCII)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]{0,500}\n", re.MULTILINE)


def clean(text: str) -> str:
    """Return text without the halves of characters that no UTF-8 can hold."""
    return _SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return text with every run of white space, line ends among it, as one blank."""
    return " ".join(text.split())


def decoded(data: bytes, charset: str, *, cut: bool = False) -> str:
    """Return bytes as text: in the charset named if it is one we know, else in UTF-8, else in Latin-1.

    ``cut`` says that the bytes may end within a character.
    """
    name = charset.strip().strip("\"'").lower().replace("_", "-")[:40]
    if name not in _ASCII and _CHARSET.match(name):
        name = _PYTHON_NAMES.get(name, name.removeprefix("x-").replace("windows-", "cp"))
        try:
            return clean(data.decode(name, "replace"))
        except (LookupError, ValueError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if cut and error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8")
    return data.decode("latin-1")


def decoded_words(text: str) -> str:
    """Return a header's text with its encoded words (RFC 2047) decoded.

    White space between two of them counts for nothing, and a character may be spread over two.
    """
    if "=?" not in text:
        return clean(text)
    parts: list[str] = []
    pending, charset, place = b"", "", 0
    for number, match in enumerate(_WORD.finditer(text)):
        if number >= MOST_WORDS:
            break
        between = text[place : match.start()]
        if between.strip() or not place:
            parts += [decoded(pending, charset), between]
            pending = b""
        elif match[1].lower() != charset:
            parts.append(decoded(pending, charset))
            pending = b""
        charset = match[1].lower()
        content = match[3].encode("utf-8", "replace")
        pending += from_base64(content)[0] if match[2] in "Bb" else _from_q(content)
        place = match.end()
    parts += [decoded(pending, charset), text[place:]]
    return clean("".join(parts))


def _from_q(content: bytes) -> bytes:
    return binascii.a2b_qp(content, header=True)


def from_base64(data: bytes) -> tuple[bytes, bool]:
    """Return what base64 says, and whether it was sound; what is no base64 in it is passed over."""
    try:
        found = binascii.a2b_base64(data)
        return found, bool(found) or not data.strip()
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", data)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), False


def from_transfer(data: bytes, encoding: str) -> tuple[bytes, bool]:
    """Return the bytes of a part behind its Content-Transfer-Encoding, and whether they were soundly encoded."""
    name = encoding.lower().partition(";")[0].strip().strip("\"'").strip().replace(" ", "-")
    if name == "base64":
        return from_base64(data)
    if name == "quoted-printable":
        return binascii.a2b_qp(data), True
    if name in {"uuencode", "x-uuencode", "x-uue", "uue"}:
        return _from_uu(data)
    return data, True


def _from_uu(data: bytes) -> tuple[bytes, bool]:
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data, False
    found = bytearray()
    for line in data[begin.end() :].splitlines():
        if line.strip() == b"end":
            return bytes(found), True
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            return bytes(found), False
    return bytes(found), False
