"""One import in a process of its own, so that what it takes can be told: prints one JSON object."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.stores import fresh
from triage_app.services import import_alerts

home, table = Path(sys.argv[1]), Path(sys.argv[2])
session = fresh(home)
needs = import_alerts.preview(table).needs
started = time.perf_counter()
done = import_alerts.import_file(session, table, mapping=None if needs is None else needs.suggestion)
imported = time.perf_counter()
import_alerts.index_wait(session)
searchable = time.perf_counter()
session.close()
print(
    json.dumps(
        {
            "seconds": searchable - started,
            "imported": imported - started,
            "new": done.new,
            "bytes": sum(path.stat().st_size for path in home.rglob("*") if path.is_file()),
            # Linux counts kilobytes. The reader process is the one child.
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "reader_megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        }
    )
)
