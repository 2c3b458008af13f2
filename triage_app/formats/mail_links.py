"""The links of a mail: what each shows, where it leads, and whether the two are different places.

Nothing is followed. Where a gateway has wrapped a link, the real target stands beside the one that was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.indicators import canonical_domain, refang
from triage_app.formats.html_tokens import tokens
from triage_app.formats.mail_coding import clean, one_line
from triage_app.formats.mail_gateways import MOST_URL, host_of, unwrapped

MOST_LINKS: Final = 2_000
"""Links of one mail that are kept; the others are counted."""

MOST_SHOWN: Final = 500

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
