"""One file that may be taken in: where it is, what is known of it by now, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from triage_app.domain.mapping import Mapping
from triage_app.errors import BadFile, TriageError
from triage_app.services.previewing import Foretold, Preview
from triage_app.ui.tasks import Task


@dataclass(frozen=True)
class Pasted:
    """A text that somebody pasted."""

    data: bytes
    name: str


Given = Path | Pasted


@dataclass(frozen=True)
class Job:
    """A file to be taken in, and how."""

    path: Path | bytes
    mapping: Mapping | None
    organisation: str
    name: str = ""
    format_name: str | None = None
    leave_out: frozenset[str] = frozenset()
    "Names of rows that are not taken in."

    @property
    def shown(self) -> str:
        """What it is called in sentences."""
        return self.name or (self.path.name if isinstance(self.path, Path) else "")


@dataclass
class Pending:
    """One file that may be taken in."""

    path: Path
    "For a pasted text its name alone."
    data: bytes | None = None
    preview: Preview | None = None
    refusal: TriageError | None = None
    mapping: Mapping | None = None
    remembered: bool = False
    "Whether its mapping was confirmed at an earlier import."
    fits_by_part: bool = False
    "Whether that was for other keys too: all that were described are there, the rest is not the same."
    format_name: str | None = None
    "The format that somebody chose for it."
    foretold: Foretold | None = None
    counting: Task | None = None
    counted: int = 0
    "Per cent of it that has been counted."
    stopped: bool = False
    "Whether somebody stopped the count."
    left_out: frozenset[str] = frozenset()
    "Names of the rows that the responder leaves out (``leaving_out.name_of``)."

    @classmethod
    def of(cls, given: Given) -> Pending:
        """Return what is known at first."""
        return cls(given) if isinstance(given, Path) else cls(Path(given.name), given.data)

    @property
    def source(self) -> Path | bytes:
        """Where it is read from."""
        return self.path if self.data is None else self.data

    @property
    def needs_mapping(self) -> bool:
        """Whether its columns still have to be described."""
        return self.mapping is None and self.preview is not None and self.preview.needs is not None

    @property
    def is_read(self) -> bool:
        """Whether it is known what it holds, or why it cannot be read."""
        return self.preview is not None or self.refusal is not None

    @property
    def unreadable(self) -> bool:
        """Whether it has rows of which not one can be read, as its columns are described."""
        return self.preview is not None and bool(self.preview.rejects) and not self.preview.rows

    @property
    def why_not(self) -> TriageError | None:
        """Why it cannot be taken in, in sentences, as far as it is the file's own fault."""
        if self.refusal is None and self.unreadable:
            what = f"Not one of the first rows of {self.path.name} can be read."
            return BadFile(what, "Say anew what its columns mean, or have it read as another format.")
        return self.refusal

    @property
    def ready(self) -> bool:
        """Whether it can be taken in as it is."""
        read = self.refusal is None and self.preview is not None
        return read and not self.needs_mapping and not self.unreadable

    def forget(self) -> None:
        """Know nothing of what it holds: it is to be read another way."""
        if self.counting is not None:
            self.counting.cancel()
        self.preview, self.refusal, self.foretold, self.counting = None, None, None, None
        self.counted, self.stopped, self.left_out = 0, False, frozenset()

    def job(self, organisation: str) -> Job:
        """Return how it is to be taken in."""
        name = "" if self.data is None else self.path.name
        return Job(self.source, self.mapping, organisation, name, self.format_name, self.left_out)
