"""The manual: pages of plain text in ``docs/manual``, read into blocks that the window shows.

A page is Markdown of a few kinds only: headings, paragraphs, lists, tables, code, and in a line ``code``, **strong**,
*the name of something on the screen* and [links](queue.md#keys) to pages of the manual. Anything else, markup and
addresses above all, is refused: the pages are ours, and a test reads every one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from triage_app import paths

CONTENTS: Final = "README.md"
"""The first page: what there is, in the order in which the window lists it."""

Kind = Literal["", "code", "strong", "name", "link"]

_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\*(?P<name>[^*\s][^*]*)\*|\[(?P<words>[^\]]+)\]\((?P<target>[^)]*)\)"
)
_TARGET = re.compile(r"(?:[a-z-]+|README)\.md(?:#[a-z0-9-]+)?|#[a-z0-9-]+")
_HEADING = re.compile(r"(#{1,3}) (\S.*)")
_ITEM = re.compile(r"(?:- |\d+\. )(\S.*)")
_MARKUP = re.compile(r"<[A-Za-z/!]|!\[|\w://|&[a-z]+;")


class BadPage(ValueError):
    """A page holds what no page of the manual may hold: a mistake of ours."""


@dataclass(frozen=True)
class Run:
    """Some words of a line, all of one kind; ``target`` is the page, and heading, that a link leads to."""

    text: str
    kind: Kind = ""
    target: str = ""


Line = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3; ``anchor`` is its name in links."""

    level: int
    line: Line
    anchor: str


@dataclass(frozen=True)
class Paragraph:
    """Words that belong together."""

    line: Line


@dataclass(frozen=True)
class Items:
    """A list, by number or not."""

    numbered: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Code:
    """Lines to be typed as they stand."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first row is the head."""

    rows: tuple[tuple[Line, ...], ...]


Block = Heading | Paragraph | Items | Code | Table


@dataclass(frozen=True)
class Page:
    """One page: its file's name, its title, and what it says."""

    name: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """Every word of it, as it is searched."""
        return "\n".join("".join(run.text for run in line) for block in self.blocks for line in _lines(block))

    @property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, each as "page" or "page#heading"."""
        runs = [run for block in self.blocks for line in _lines(block) for run in line if run.kind == "link"]
        return tuple(f"{self.name}{run.target}" if run.target.startswith("#") else run.target for run in runs)

    @property
    def anchors(self) -> tuple[str, ...]:
        """The names of its headings."""
        return tuple(block.anchor for block in self.blocks if isinstance(block, Heading))


def pages(folder: Path | None = None) -> dict[str, Page]:
    """Return every page by the name of its file, in the order of the contents.

    Without the folder, as where only the code was copied, there is one page that says so. Raises ``BadPage``.
    """
    where = folder or paths.manual()
    try:
        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(where.glob("*.md"))}
    except OSError:
        texts = {}
    found = {name: read(name, text) for name, text in texts.items()}
    if CONTENTS not in found:
        return {CONTENTS: read(CONTENTS, _MISSING)}
    linked = [link.partition("#")[0] for link in found[CONTENTS].links]
    chapters = [name for at, name in enumerate(linked) if name not in linked[at + 1 :]]  # what is urgent comes twice
    order = dict.fromkeys([CONTENTS, *chapters, *found])
    return {name: found[name] for name in order if name in found}


_MISSING: Final = """# The manual is missing

Its pages belong in the folder `docs/manual` beside the program, and that folder is not there. Copy the program again,
the whole of it. The key `?` still shows every key.
"""


def read(name: str, text: str) -> Page:
    """Read one page. Raises ``BadPage``, which says the line."""
    blocks = tuple(_blocks(name, text.splitlines()))
    first = blocks[0] if blocks else None
    if not isinstance(first, Heading) or first.level != 1:
        raise BadPage(f"{name}: a page begins with its title.")
    return Page(name, "".join(run.text for run in first.line), blocks)


def anchor_of(words: str) -> str:
    """Return the name of a heading in links, as code hosts make it."""
    return re.sub(r"[^\w -]", "", words.lower()).replace(" ", "-")


def _blocks(name: str, lines: list[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        line, start = lines[at], at
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            end = next((i for i in range(at + 1, len(lines)) if lines[i] == "```"), 0)
            if not end:
                raise BadPage(f"{name}:{at + 1}: code has no end.")
            yield Code("\n".join(lines[at + 1 : end]))
            at = end + 1
        elif heading := _HEADING.fullmatch(line):
            words = _line(name, at, heading[2])
            yield Heading(len(heading[1]), words, anchor_of("".join(run.text for run in words)))
            at += 1
        elif line.startswith("#"):
            raise BadPage(f"{name}:{at + 1}: this is no heading of level 1 to 3.")
        else:
            while at < len(lines) and lines[at].strip() and not lines[at].startswith(("```", "#")):
                at += 1
            yield _block(name, start, lines[start:at])


def _block(name: str, at: int, lines: list[str]) -> Block:
    if lines[0].startswith("|"):
        rows = [tuple(_line(name, at, cell.strip()) for cell in line.strip("|").split("|")) for line in lines]
        if len(lines) < 3 or set(lines[1]) - set("|- ") or len({len(row) for row in rows}) > 1:
            raise BadPage(f"{name}:{at + 1}: this is no table.")
        return Table((rows[0], *rows[2:]))
    if not _ITEM.fullmatch(lines[0]):
        return Paragraph(_line(name, at, " ".join(lines)))
    items: list[str] = []
    for line in lines:
        found = _ITEM.fullmatch(line)
        if found:
            items.append(found[1])
        elif line.startswith("  "):
            items[-1] += f" {line.strip()}"
        else:
            raise BadPage(f"{name}:{at + 1}: a list goes on with two blanks, or ends with an empty line.")
    return Items(lines[0][0] != "-", tuple(_line(name, at, item) for item in items))


def _line(name: str, at: int, text: str) -> Line:
    runs: list[Run] = []
    done = 0
    kinds: dict[str | None, Kind] = {"code": "code", "strong": "strong"}
    for found in _INLINE.finditer(text):
        runs.append(_plain(name, at, text[done : found.start()]))
        kind = found.lastgroup
        if kind == "target":
            if not _TARGET.fullmatch(found["target"]):
                raise BadPage(f"{name}:{at + 1}: “{found['target']}” is no page of the manual.")
            runs.append(Run(found["words"], "link", found["target"]))
        else:
            runs.append(Run(found[0].strip("*`"), kinds.get(kind, "name")))
        done = found.end()
    runs.append(_plain(name, at, text[done:]))
    return tuple(run for run in runs if run.text)


def _plain(name: str, at: int, text: str) -> Run:
    if _MARKUP.search(text) or "*" in text or "`" in text:
        raise BadPage(f"{name}:{at + 1}: markup in “{text.strip()[:60]}”.")
    return Run(text)


def _lines(block: Block) -> Iterator[Line]:
    if isinstance(block, Code):
        yield (Run(block.text, "code"),)
    elif isinstance(block, Items):
        yield from block.lines
    elif isinstance(block, Table):
        for row in block.rows:
            yield from row
    else:
        yield block.line
