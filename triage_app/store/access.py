"""The access chain: who looked at what, unmasked whom, sent what. Exported only when asked for."""

from __future__ import annotations

import secrets
from typing import Any

from triage_app.domain.operations import ACCESS, Body, Link, body_hash
from triage_app.domain.tlp import RED
from triage_app.store import journal
from triage_app.store.connection import Store
from triage_app.store.journal import Author


def append(store: Store, author: Author, now_ms: int, what: str, kind: str, entity: str, detail: Any) -> int:
    """Add an entry to this device's access chain; call it inside ``store.write()``."""
    seq, prev = journal.tail(store, ACCESS, author.device)
    body = Body(
        act=journal.new_act(), author=author.responder, hlc=author.clock.next(now_ms), kind=kind, entity=entity or "-",
        field=what, value=detail, parents=(), tlp=RED, salt=secrets.token_hex(16),
    )  # fmt: skip
    data = body.to_bytes()
    link = Link(author.device, seq + 1, prev, body_hash(data), chain=ACCESS)
    n = journal.insert_link(store, link, link.hash)
    store.execute("INSERT INTO body(n, state, bytes) VALUES (?, 'here', ?)", (n, data))
    journal.set_tail(store, ACCESS, author.device, seq + 1, link.hash)
    return n


def entries(store: Store, limit: int = 1000) -> list[dict[str, Any]]:
    """Return the newest entries of the access chains."""
    found = []
    for n, device, seq, data in store.rows(
        "SELECT n, device, seq, body.bytes FROM link JOIN body USING (n) WHERE chain = 'access'"
        " ORDER BY n DESC LIMIT ?",
        (limit,),
    ):
        body = Body.from_bytes(bytes(data))
        found.append(
            {
                "id": n, "device": device, "seq": seq, "what": body.field, "kind": body.kind, "entity": body.entity,
                "detail": body.value, "at": int(body.hlc[:15]), "author": body.author,
            }
        )  # fmt: skip
    return found
