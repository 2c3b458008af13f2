"""Where a profile may lie: as the IT department says, on a disk of this computer, and in no folder that is synced."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from triage_app.errors import TriageError
from triage_app.language import say
from triage_app.paths import Profile, default_home, file_errors
from triage_app.services import set_by_it
from triage_app.store import lock, where

_NAME = "StoreFolder"


def home_of(named: Path | None) -> Path:
    """Return the folder of the profile that is meant: the one named, else the IT department's, else the account's."""
    if named is not None:
        return named
    enforced = set_by_it.now().value(_NAME)
    return Path(enforced) if enforced else default_home()


def refuse_elsewhere(home: Path) -> None:
    """Raise ``SetByIT`` for a profile outside the folder that the IT department names."""
    enforced = set_by_it.now().value(_NAME)
    if enforced and not _resolved(home).is_relative_to(_resolved(Path(enforced))):
        raise set_by_it.refusal(
            say("Your IT department keeps the store in {0}, and {1} is somewhere else.", enforced, home)
        )


def refuse_new(home: Path) -> None:
    """Raise where no new store may lie: elsewhere than enforced, by a policy that is faulty, or in a synced folder."""
    refuse_elsewhere(home)
    one = set_by_it.now().held.get(_NAME)
    if one is not None and not one.value:
        raise set_by_it.refusal(
            say("Where your IT department wants the store cannot be read ({0}), so no new one is made.", one.problem)
        )
    service = where.synced_by(home)
    if service:
        raise TriageError(
            say("{0} is in a folder that {1} copies elsewhere while it is written to.", home, service),
            "Choose a folder that is not synced: two computers would write into one store and damage it. A backup may"
            " be put there.",
            "synced-folder",
        )


def warning_of(home: Path) -> str:
    """Return what is said at each opening of a store that lies in a synced folder, '' for one that does not."""
    service = where.synced_by(home)
    if not service:
        return ""
    return say(
        "This store lies in a folder that {0} copies elsewhere while it is written to. Make a backup, and restore it"
        " into a folder that is not synced.",
        service,
    )


def make_home(profile: Profile) -> None:
    """Make the profile's folder, readable by its owner only, made so if it was not; refuse one on a network share."""
    lock.refuse_network_share(profile.home)
    with file_errors(profile.home):
        profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sys.platform != "win32":  # there a folder of an account's own is that account's alone as it is made
        with contextlib.suppress(OSError):  # a folder of somebody else's, or a stick that has no such rights
            if profile.home.stat().st_mode & 0o077 and profile.home.stat().st_uid == os.getuid():
                profile.home.chmod(0o700)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()
