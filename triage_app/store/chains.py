"""Whether the chains of a store are whole: every link after the one before, every body what its link says."""

from __future__ import annotations

from collections.abc import Callable

from triage_app.domain.operations import Link, body_hash
from triage_app.store.connection import Store


def problems(
    store: Store, look: Callable[[], None] = lambda: None, looked: Callable[[int], None] = lambda rows: None
) -> list[str]:
    """Return what is wrong with links, bodies and ends, in words.

    ``look`` is called now and then, and may raise; so may ``looked``, which is told how many links more were seen.
    """
    found: list[str] = []
    expected: dict[tuple[str, str], tuple[int, str]] = {}
    for some in store.in_parts(
        "SELECT chain, device, seq, prev, body_hash, v, hash, body.state, body.bytes FROM link LEFT JOIN body USING (n)"
        " ORDER BY chain, device, seq"
    ):
        look()
        looked(len(some))
        for chain, device, seq, prev, stored_body_hash, v, link_hash, state_word, data in some:
            at, last = expected.get((chain, device), (0, ""))
            link = Link(device, seq, prev, stored_body_hash, chain, v)
            name = f"{chain} {device[:8]} {seq}"
            if seq != at + 1 or prev != last:
                found.append(f"The chain is broken before {name}.")
            if link.hash != link_hash:
                found.append(f"Link {name} is not what its hash says.")
            if state_word is None:
                found.append(f"Operation {name} has lost its body.")
            elif state_word == "here" and body_hash(bytes(data)) != stored_body_hash:
                found.append(f"The body of {name} is not what its link says.")
            expected[(chain, device)] = (seq, link_hash)
    noted: dict[tuple[str, str], tuple[int, str]] = {
        (row[0], row[1]): (row[2], row[3]) for row in store.rows("SELECT chain, device, seq, hash FROM tail")
    }
    for end in sorted(expected.keys() | noted.keys()):
        if expected.get(end) != noted.get(end):
            found.append(f"The end of the {end[0]} chain of {end[1][:8]} is not where it was noted.")
    return found
