"""The sidecar with the wrapped data key: two copies, each written whole or not at all."""

from __future__ import annotations

from triage_app.errors import TriageError
from triage_app.language import say
from triage_app.paths import Profile, write_whole


def write(profile: Profile, data: bytes) -> None:
    """Replace both copies of the sidecar, each atomically."""
    for path in (profile.keys, profile.keys_copy):
        write_whole(path, data)


def copies(profile: Profile) -> list[bytes]:
    """Return the content of those copies that are there and can be read, the first one first.

    Raises ``TriageError`` where the disk gives neither: that is no reason to believe that there is none.
    """
    found: list[bytes] = []
    failed: OSError | None = None
    for path in (profile.keys, profile.keys_copy):
        try:
            found.append(path.read_bytes())
        except FileNotFoundError:
            continue
        except OSError as error:
            failed = error
    if failed is not None and not found:
        raise TriageError(
            say("The store's key file could not be read ({0}).", failed.strerror or type(failed).__name__),
            "Check that the disk is still there and that you may read its files, then try again.",
            "disk",
        ) from failed
    return found
