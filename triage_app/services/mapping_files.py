"""Mappings as small files, for exchange: what somebody has described once need not be described again elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from triage_app.domain.mapping import MAX_JSON, Mapping
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.paths import write_whole
from triage_app.services.session import Session


def read(untrusted_path: Path) -> Mapping:
    """Return the mapping in a file. Raises ``BadInput`` with the reason."""
    try:
        with untrusted_path.open("rb") as file:
            untrusted_text = file.read(MAX_JSON + 1).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise BadInput(
            say("{0} could not be read.", untrusted_path.name), "Choose a mapping that was saved as a file."
        ) from error
    try:
        return Mapping.from_json(untrusted_text)
    except ValueError as error:
        reason = str(error).rstrip(".")
        raise BadInput(
            say("{0} is no mapping: {1}.", untrusted_path.name, reason), "Choose a mapping that was saved as a file."
        ) from error


def write(session: Session, path: Path, mapping: Mapping) -> Path:
    """Write a mapping to a file, as others can take it: nothing of the table's content is in it. Return the path.

    Raises ``StoreReadOnly`` and ``DiskFull``.
    """
    target = session.profile.refuse_own(path)
    write_whole(target, replace(mapping, ambiguous=False, readings=()).as_json().encode())
    return target
