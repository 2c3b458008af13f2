"""What an interruption left half-written beside the store: taken away at the next start, before anything is begun."""

from __future__ import annotations

import contextlib

from triage_app.paths import Profile


def remove(profile: Profile) -> None:
    """Remove copies and key files that were never finished. The caller holds the lock, so nobody is writing them."""
    unfinished = [*profile.home.glob("store.*.partial"), *profile.backups.glob("*.partial*")]
    for path in unfinished:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
