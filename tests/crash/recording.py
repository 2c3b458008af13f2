"""A process that works on stores while all it does to the disk is written down: started by ``power`` with ``disk.c``.

    python -m tests.crash.recording GROUND FOLDER CONTROL SEED …

``GROUND`` is a pickled ``Ground``. For each seed there are, in a folder of that name, ``disk`` with the store, ``log``,
and ``before``: the files that were there already.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

from tests import stores
from tests.crash.acts import Acts, as_line
from tests.crash.ground import Ground
from tests.crash.shim import Shim
from triage_app.paths import Profile
from triage_app.services import session as sessions

ACTS, PAGES = 14, 120
"Acts of one session, and pages after which its log is folded in: seldom enough would be never in so short a time."


def record(ground: Ground, folder: Path, seed: int, *, careless: bool) -> None:
    """Work on a store and write down what happens to the disk; ``careless``, the positive control, syncs nothing."""
    draw = random.Random(seed)
    shim, home, outside = Shim(), folder / "disk" / "profile", folder / "disk" / "outside"
    beginning = "nothing" if seed % 5 == 0 and not careless else "older" if seed % 5 == 1 else "today"
    outside.mkdir(parents=True)
    if beginning == "nothing":
        home.mkdir()
    else:
        ground.copy(home, older=beginning == "older")
    shutil.copytree(folder / "disk", folder / "before")
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tell(word: dict[str, Any]) -> None:
        shim.note(as_line(word))

    shim.log(folder / "disk", log)
    profile, clock = Profile(home), stores.Clock()
    if beginning == "nothing":
        sessions.found(profile, organisation="RXX", responder="Asha Rahman", passphrase=stores.PASSPHRASE, now=clock,
                       cost=stores.CHEAP)  # fmt: skip
        tell({"founded": True})
        key, responder = sessions.data_key(profile, stores.PASSPHRASE), ""
    else:
        key, responder = ground.key, ground.responder
    for again in range(2):
        tell({"begin": "migration" if beginning == "older" and not again else "opening"})
        session = sessions.open_with_key(profile, key, clock, responder=responder)
        if careless:
            session.store.execute("PRAGMA synchronous = OFF")
        if draw.random() < 0.5:
            session.store.execute(f"PRAGMA wal_autocheckpoint = {PAGES}")
        acts = Acts(session, ground, outside, tell, lambda phase: tell({"begin": phase}))
        for _ in range(ACTS):
            if beginning == "nothing":  # a store that nobody trusts takes no bundle
                draw.choice((acts.edit, acts.import_file, acts.back_up))(draw)
            else:
                acts.any(draw)
            tell({"begin": ""})
        tell({"begin": "closing"})
        session.close()


def main() -> int:
    """Record what the arguments say, each in a process of its own."""
    ground = pickle.loads(Path(sys.argv[1]).read_bytes())
    for seed in map(int, sys.argv[4:]):
        child = os.fork()
        if not child:
            code = 1
            try:
                record(ground, Path(sys.argv[2]) / str(seed), seed, careless=sys.argv[3] == "careless")
                code = 0
            except BaseException:  # noqa: BLE001 - an interpreter would print it and end
                traceback.print_exc()
            finally:
                os._exit(code)
        if os.waitpid(child, 0)[1]:
            return 1
        shutil.rmtree(Path(sys.argv[2]) / str(seed) / "disk")
    return 0


if __name__ == "__main__":
    sys.exit(main())
