"""A kill at any step of making a store: there is none, or the whole of it, and making one again is never in the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import stores
from tests.crash.steps import killed_at_each
from triage_app.errors import StoreExists
from triage_app.paths import Profile
from triage_app.services import keeping
from triage_app.services import session as sessions

OTHER = "another passphrase altogether"


def found(profile: Profile, passphrase: str = stores.PASSPHRASE) -> None:
    sessions.found(
        profile, organisation="RXX", responder="Asha Rahman", passphrase=passphrase, now=stores.Clock(),
        cost=stores.CHEAP,
    )  # fmt: skip


@pytest.mark.slow
def test_a_kill_at_any_step_of_making_a_store_leaves_none_or_all_of_it(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "profile")
    none = whole = 0
    for step in killed_at_each(lambda: found(profile), lambda _: shutil.rmtree(profile.home, ignore_errors=True)):
        try:
            found(profile, OTHER)
        except StoreExists:
            passphrase = stores.PASSPHRASE
            whole += 1
        else:
            passphrase = OTHER
            none += 1
        session = sessions.unlock(profile, passphrase, stores.Clock())
        try:
            assert keeping.verify(session)["ok"], step
            assert session.store.value("SELECT count(*) FROM link WHERE chain = 'journal'") == 5, step
        finally:
            session.close()
        assert profile.keys.read_bytes() == profile.keys_copy.read_bytes()
        assert sorted(path.name for path in profile.home.iterdir() if path.is_dir()) in ([], ["backups"]), step
    assert none > 15
    assert whole > 5


def test_what_is_left_of_a_store_in_use_is_still_no_place_for_another(tmp_path: Path) -> None:
    profile = stores.found(tmp_path)
    profile.store.rename(tmp_path / "store.db")
    with pytest.raises(StoreExists, match="A part of a store"):
        found(profile)
    assert profile.keys.exists()
