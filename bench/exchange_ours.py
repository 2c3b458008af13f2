"""One step of an exchange in a process of its own, so that what it takes can be told: prints one JSON object.

python bench/exchange_ours.py import HOME TABLE
python bench/exchange_ours.py operations HOME HOW-MANY
python bench/exchange_ours.py identity HOME FILE
python bench/exchange_ours.py trust HOME FILE…
python bench/exchange_ours.py export HOME BUNDLE DEVICE…
python bench/exchange_ours.py merge HOME BUNDLE…
python bench/exchange_ours.py edit HOME HOW-MANY
python bench/exchange_ours.py delta HOME BUNDLE DEVICE
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.stores import fresh, opened
from triage_app.__main__ import seldom_garbage
from triage_app.paths import write_whole
from triage_app.services import devices, exchange, import_alerts, incidents, triage
from triage_app.services.session import Session
from triage_app.store import alerts

AT_ONCE = 100
"How many alerts one gesture is about: as many as are still an operation each."


def imports(session: Session, table: str) -> dict[str, Any]:
    """Import a table, and make it searchable."""
    needs = import_alerts.preview(Path(table)).needs
    started = time.perf_counter()
    import_alerts.import_file(session, Path(table), mapping=None if needs is None else needs.suggestion)
    imported = time.perf_counter()
    import_alerts.index_wait(session)
    return {"imported": imported - started, "seconds": time.perf_counter() - started}


def operations(session: Session, wanted: str) -> dict[str, Any]:
    """Do what a year of incidents does, until the journal has so many entries: alerts worked on, incidents, notes."""
    store = session.store
    numbers = list(alerts.ids(store, alerts.AlertFilter(), limit=int(wanted)))
    keys = [row["key"] for row in alerts.rows(store, numbers).values()]
    place = 0

    def some(many: int) -> list[str]:
        nonlocal place
        place = (place + many) % max(len(keys) - many, 1)
        return keys[place : place + many]

    while store.value("SELECT count(*) FROM link") < int(wanted):
        triage.take_in_hand(session, some(AT_ONCE))
        triage.dismiss(session, some(AT_ONCE), "benign", "Seen before, and expected here")
        incident = triage.promote(session, some(20), "Loader on the wards").id
        for number in range(10):
            incidents.note(session, incident, f"Rang the ward, number {number}: nobody has seen it since the morning.")
        incidents.set_field(session, incident, "severity", "60")
        incidents.classify(session, incident, label="AMBER")
    return {"operations": store.value("SELECT count(*) FROM link")}


def identity(session: Session, file: str) -> dict[str, Any]:
    """Write who this device is."""
    write_whole(Path(file), devices.own_identity(session))
    return {"device": session.device}


def trust(session: Session, *files: str) -> dict[str, Any]:
    """Trust some devices."""
    for file in files:
        devices.trust_device(session, Path(file).read_bytes())
    return {}


def export(session: Session, bundle: str, *to: str) -> dict[str, Any]:
    """Export everything that some devices lack."""
    started = time.perf_counter()
    done = exchange.export_bundle(session, to, Path(bundle))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "paths": done.paths, "bytes": done.bytes, "rows": done.evidence, "links": done.links}


def merge(session: Session, *bundles: str) -> dict[str, Any]:
    """Merge a bundle, and make what came searchable."""
    started = time.perf_counter()
    done = exchange.merge_bundle(session, [Path(name) for name in bundles])
    merged = time.perf_counter()
    import_alerts.index_wait(session)
    return {
        "merged": merged - started, "seconds": time.perf_counter() - started,
        "applied": done.applied, "already": done.already, "withheld": done.withheld, "pending": done.pending,
        "refused": done.refused, "rows": done.evidence_new,
    }  # fmt: skip


def edit(session: Session, many: str) -> dict[str, Any]:
    """Make a few decisions, each an act of its own."""
    numbers = list(alerts.ids(session.store, alerts.AlertFilter(), limit=int(many)))
    for row in alerts.rows(session.store, numbers).values():
        triage.take_in_hand(session, [row["key"]])
    return {}


def delta(session: Session, bundle: str, to: str) -> dict[str, Any]:
    """Export what a device lacks, three times: it stays the same until it answers."""
    taken = [export(session, f"{bundle}.{number}", to) for number in range(3)]
    return min(taken, key=lambda one: float(one["seconds"]))


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "import": imports, "operations": operations, "identity": identity, "trust": trust, "export": export,
    "merge": merge, "edit": edit, "delta": delta,
}  # fmt: skip


def main() -> None:
    """Do one step."""
    step, home, *arguments = sys.argv[1:]
    seldom_garbage()  # as the command line does
    session = opened(Path(home)) if Path(home).exists() else fresh(Path(home))
    if os.environ.get("TRIAGE_BENCH_PROFILE"):
        import cProfile

        profile = cProfile.Profile()
        told = profile.runcall(STEPS[step], session, *arguments)
        profile.dump_stats(f"{os.environ['TRIAGE_BENCH_PROFILE']}.{step}")
    else:
        computed = time.process_time()
        told = STEPS[step](session, *arguments)
        told["computed"] = time.process_time() - computed
    session.close()
    # Linux counts kilobytes.
    told["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told))


main()
