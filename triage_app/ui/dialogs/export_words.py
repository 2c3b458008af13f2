"""What the export dialog says of what stays here: incidents by their reference, the rest by its number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from triage_app.services.sending import Exported
from triage_app.services.weighing import Weighed

_NAMED = 3


def incidents_kept_words(kept: Sequence[Mapping[str, str]], tr: Callable[[str], str]) -> str:
    """Return which incidents their label keeps here, '' for none: whoever writes a bundle must not take it for sent."""
    if not kept:
        return ""
    named = ", ".join(f"{one['ref']} ({one['label']})" for one in kept[:_NAMED])
    if len(kept) > _NAMED:
        named = tr("{0} and {1} more").format(named, f"{len(kept) - _NAMED:,}")
    if len(kept) == 1:
        return tr("Incident {0} stays here by its TLP label.").format(named)
    return tr("{0} incidents stay here by their TLP label: {1}.").format(f"{len(kept):,}", named)


def stays_words(rows: Weighed | Exported, tr: Callable[[str], str]) -> str:
    """Return what stays here, and why."""
    said = [incidents_kept_words(rows.incidents_kept, tr)]
    if rows.by_label or rows.evidence_withheld:
        label = tr("By their TLP label {0} operations and {1} evidence rows stay here.")
        said.append(label.format(f"{rows.by_label:,}", f"{rows.evidence_withheld:,}"))
    else:
        said.append(tr("Nothing stays here by its TLP label."))
    if rows.by_scope or rows.evidence_out_of_scope:
        scope = tr("By the scope {0} and {1}: a wider export brings them.")
        said.append(scope.format(f"{rows.by_scope:,}", f"{rows.evidence_out_of_scope:,}"))
    return " ".join(part for part in said if part)
