"""The links of a mail: what each shows, where it leads, and whether the two are different places.

Nothing is followed. What a gateway wrapped (Safe Links, URL Defense and the like) is unwrapped from the
text of the link itself, and the real target stands beside the one that was written.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from triage_app.domain.indicators import canonical_domain, refang
from triage_app.formats.html_tokens import tokens
from triage_app.formats.mail_coding import clean, one_line

MOST_LINKS: Final = 2_000
"""Links of one mail that are kept; the others are counted."""

MOST_URL: Final = 4_000
MOST_SHOWN: Final = 500
MOST_WRAPPINGS: Final = 5

_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
_LOADED: Final = {
    "img": ("src", "picture"), "image": ("src", "picture"), "iframe": ("src", "frame"), "frame": ("src", "frame"),
    "script": ("src", "script"), "embed": ("src", "object"), "object": ("data", "object"), "link": ("href", "style"),
    "audio": ("src", "picture"), "video": ("src", "picture"), "source": ("src", "picture"),
    "form": ("action", "form"), "button": ("formaction", "form"), "input": ("formaction", "form"),
    "base": ("href", "base"), "body": ("background", "picture"), "td": ("background", "picture"),
}  # fmt: skip
_IN_TEXT = re.compile(r"(?:h(?:tt|xx)ps?://|www\.)[^\s<>\"\x00-\x1f\u00a0]{1,4000}", re.IGNORECASE)
_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\"]{1,4000})", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}:", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20]+")
_FILE_ENDS: Final = frozenset(
    [
        "bat",
        "csv",
        "doc",
        "docm",
        "docx",
        "eml",
        "exe",
        "gif",
        "htm",
        "html",
        "ics",
        "jpeg",
        "jpg",
        "js",
        "lnk",
        "msg",
        "pdf",
        "png",
        "ppt",
        "pptx",
        "ps1",
        "rtf",
        "svg",
        "txt",
        "vbs",
        "xls",
        "xlsm",
        "xlsx",
        "xml",
        "zip",
    ]
)
_V3 = re.compile(r"/v3/__(.{1,4000}?)__;([\w-]{0,2000})!", re.DOTALL)
_V3_RUN: Final = {
    letter: number
    for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 2)
}
_OPAQUE: Final = ("mimecast.com", "mimecastprotect.com", "fireeye.com", "fireeyecloud.com", "sophos.com")
"""Gateways whose links do not say where they lead: that they differ from what is shown says nothing."""


@dataclass(frozen=True)
class Link:
    """One link. ``shown`` is what a reader sees of it, ``real`` what a gateway's wrapping hides, "" for nothing."""

    kind: str
    shown: str
    target: str
    real: str = ""
    differs: bool = False

    @property
    def leads_to(self) -> str:
        """Where it leads, as far as it says."""
        return self.real or self.target

    def as_json(self) -> dict[str, Any]:
        """Return the link as it stands in the record."""
        record: dict[str, Any] = {"kind": self.kind, "shown": self.shown, "target": self.target}
        if self.real:
            record["real_target"] = self.real
        if self.differs:
            record["shows_another_address"] = True
        return record


@dataclass
class Links:
    """The links of one mail, each once, in their order."""

    found: list[Link] = field(default_factory=list)
    left_out: int = 0
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, kind: str, shown: str, target: str) -> None:
        """Add a link unless it leads nowhere, or is there already."""
        target = _CONTROL.sub("", clean(target[:MOST_URL])) if kind != "text" else clean(target[:MOST_URL])
        lower = target[:6].lower()
        if not target or lower.startswith(("#", "cid:", "about:")):
            return
        if lower.startswith("data:"):
            target = target[:100]
        shown = one_line(clean(shown))[:MOST_SHOWN]
        if (kind, shown, target) in self._seen:
            return
        if len(self.found) >= MOST_LINKS:
            self.left_out += 1
            return
        self._seen.add((kind, shown, target))
        real = unwrapped(target)
        self.found.append(Link(kind, shown, target, real, _differs(kind, shown, real or target)))

    def add_from_text(self, text: str) -> None:
        """Add the addresses that stand in a text."""
        known = {target for _, _, target in self._seen}
        for match in _IN_TEXT.finditer(text):
            target = match[0].rstrip(".,;:!?'*_|")
            while target.endswith((")", "]", "}")) and target.count(target[-1]) > target.count(_OPEN[target[-1]]):
                target = target[:-1].rstrip(".,;:!?'")
            if target not in known:
                self.add("text", target, target)
            if self.left_out > MOST_LINKS:
                return


_OPEN: Final = {")": "(", "]": "[", "}": "{"}


def read_html(untrusted_html: str, links: Links) -> str:
    """Return the text of HTML, and add where it leads and what it would load to ``links``."""
    text: list[str] = []
    anchor, anchor_at = "", 0
    for kind, value, attributes in tokens(untrusted_html):
        if kind == "text":
            text.append(value)
            continue
        if anchor and value in {"a", "area"}:
            links.add("link", "".join(text[anchor_at:])[: MOST_SHOWN * 4], anchor)
            anchor = ""
        if value in _BLOCKS:
            text.append("\n")
        if kind == "start":
            for what, target in _targets(value, attributes):
                if what == "link":
                    anchor, anchor_at = target, len(text)
                else:
                    links.add(what, attributes.get("alt", ""), target)
            if value == "img" and attributes.get("alt"):
                text.append(f"[{attributes['alt'][:MOST_SHOWN]}]")
    if anchor:
        links.add("link", "".join(text[anchor_at : anchor_at + 100])[: MOST_SHOWN * 4], anchor)
    lines = (one_line(line) for line in clean("".join(text)).split("\n"))
    return "\n".join(line for line in lines if line)


def _targets(tag: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    if tag in _LOADED:
        name, kind = _LOADED[tag]
        if attributes.get(name):
            yield kind, attributes[name]
    elif tag == "meta":
        refresh = _REFRESH.search(attributes.get("content", "")[:MOST_URL])
        if refresh and attributes.get("http-equiv", "").strip().lower() == "refresh":
            yield "refresh", refresh[1]
    else:
        target = attributes.get("href") or attributes.get("xlink:href")
        if target:
            yield ("link" if tag in {"a", "area"} else "shape"), target


def host_of(url: str) -> str:
    """Return the host of a web address as a browser would find it, in lower case; "" for other addresses."""
    rest = url[:MOST_URL].strip().replace("\\", "/")
    scheme = _SCHEME.match(rest)
    if scheme and scheme[0].lower() in {"http:", "https:", "ftp:"}:
        rest = rest[scheme.end() :].lstrip("/")
    elif rest.startswith("//"):
        rest = rest.lstrip("/")
    elif not rest[:4].lower() == "www.":
        return ""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    name = unquote(authority.partition(":")[0])
    return canonical_domain(name) or name.strip(".").lower()[:253]


def _differs(kind: str, shown: str, leads_to: str) -> bool:
    """Tell whether a link shows one address and leads to another."""
    if kind not in {"link", "shape"}:
        return False
    target = host_of(leads_to)
    if not target or target.endswith(_OPAQUE):
        return False
    said = _shown_host(shown)
    return bool(said) and not _same_place(said, target)


def _shown_host(shown: str) -> str:
    """Return the host that a text shows: of its first web address, or the text itself if it is a domain."""
    words = refang(shown).split()[:40]
    for word in words:
        word = word.strip("<>()[]{}.,;:'\"")
        if "://" in word[:9] or word[:4].lower() == "www.":
            return host_of(word)
    if len(words) == 1 and "@" not in words[0]:
        name = re.split(r"[/?#:]", words[0], maxsplit=1)[0]
        domain = canonical_domain(name)
        if domain and domain.rpartition(".")[2] not in _FILE_ENDS:
            return domain
    return ""


def _same_place(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def unwrapped(url: str) -> str:
    """Return the address that gateways wrapped into another, "" if none did so, or if it does not say."""
    found = ""
    for _ in range(MOST_WRAPPINGS):
        inner = _unwrapped_once(found or url)
        if not inner or inner == found:
            break
        found = inner
    return found


def _unwrapped_once(url: str) -> str:
    host = host_of(url)
    if host.endswith("safelinks.protection.outlook.com"):
        return _parameter(url, "url")
    if host in {"urldefense.com", "urldefense.proofpoint.com", "urldefense.us"}:
        return _from_url_defense(url)
    if host.endswith(("linkprotect.cudasvc.com", "cudasvc.com")):
        return _parameter(url, "a")
    if host in {"www.google.com", "google.com", "www.google.co.uk"} and "/url?" in url[:60]:
        return _parameter(url, "q") or _parameter(url, "url")
    return ""


def _parameter(url: str, name: str) -> str:
    for pair in url.partition("?")[2].partition("#")[0].split("&")[:100]:
        key, _, value = pair.partition("=")
        if key.lower() == name:
            return _web(unquote(value, errors="replace"))
    return ""


def _from_url_defense(url: str) -> str:
    if "/v3/" in url[:100]:
        return _from_version_3(url)
    written = ""
    for pair in url.partition("?")[2].split("&")[:100]:
        if pair.startswith("u="):
            written = pair[2:]
    if "/v2/" in url[:100]:
        written = written.replace("-", "%").replace("_", "/")
    return _web(unquote(written, errors="replace"))


def _from_version_3(url: str) -> str:
    """Read URL Defense version 3: each * stands for a character, ** for a run, that the base64 after it holds."""
    match = _V3.search(url)
    if not match:
        return ""
    written, letters = match[1], match[2]
    try:
        hidden = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        hidden = ""
    parts: list[str] = []
    place, taken = 0, 0
    while place < len(written):
        star = written.find("*", place)
        if star < 0:
            break
        parts.append(written[place:star])
        length = _V3_RUN.get(written[star + 2 : star + 3], 1) if written[star : star + 2] == "**" else 1
        place = star + (3 if written[star : star + 2] == "**" else 1)
        parts.append(hidden[taken : taken + length] or "*")
        taken += length
    parts.append(written[place:])
    target = "".join(parts)
    return _web(re.sub(r"\A(https?:/)(?!/)", r"\1/", target))


def _web(text: str) -> str:
    text = clean(_CONTROL.sub("", text))[:MOST_URL]
    return text if host_of(text) else ""
