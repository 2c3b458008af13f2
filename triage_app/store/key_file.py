"""The sidecar with the wrapped data key: two copies, each written whole or not at all."""

from __future__ import annotations

from triage_app.paths import Profile, write_whole


def write(profile: Profile, data: bytes) -> None:
    """Replace both copies of the sidecar, each atomically."""
    for path in (profile.keys, profile.keys_copy):
        write_whole(path, data)


def copies(profile: Profile) -> list[bytes]:
    """Return the content of those copies that are there, the first one first."""
    return [path.read_bytes() for path in (profile.keys, profile.keys_copy) if path.exists()]
