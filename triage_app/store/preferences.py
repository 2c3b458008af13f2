"""Settings that belong to the store and travel nowhere."""

from __future__ import annotations

import json
from typing import Any

from triage_app.store.connection import Store


def all_of(store: Store) -> dict[str, Any]:
    """Return every setting that was ever changed."""
    return {key: json.loads(value) for key, value in store.rows("SELECT key, value FROM setting")}


def keep(store: Store, key: str, value: Any) -> None:
    """Keep a setting."""
    store.execute(
        "INSERT INTO setting(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )
