"""What the exchange screen shows of trust, read from the store: authorities, this laptop's own card, kept bundles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.formats.identity import PublicIdentity
from triage_app.services import certifying, key_cards, quarantine
from triage_app.services.key_cards import KeyCard
from triage_app.services.quarantine import Waiting
from triage_app.store import peers
from triage_app.store.connection import Store
from triage_app.ui.dialogs.key_card import role_words
from triage_app.ui.table import UNKNOWN, Cell
from triage_app.ui.views import moments
from triage_app.ui.views.nation_words import nation_words
from triage_app.ui.views.shown import harmless


def tr(text: str) -> str:
    """Return words in the responder's language."""
    return QCoreApplication.translate("Exchange", text)


def own_card(store: Store, own: str) -> KeyCard | None:
    """Return this laptop's own card."""
    data = peers.identities(store).get(own)
    return key_cards.of_device(PublicIdentity.from_bytes(data)) if data is not None else None


def waiting(store: Store, now: datetime) -> list[dict[str, Any]]:
    """Return whose bundles are kept aside; ``card`` is None where the sender's identity was not sent."""
    trusted = peers.trusted(store)
    return [_waiting(one, one.device in trusted, now) for one in quarantine.waiting(store)]


def _waiting(one: Waiting, trusted: bool, now: datetime) -> dict[str, Any]:
    nation = f" ({nation_words(one.nation)})" if one.nation else ""
    name = one.name or tr("Device {0}, its identity was not sent").format(one.tag)
    return {
        "id": one.device, "identity": one.identity, "trusted": trusted, "files": one.files,
        "called": one.name or one.tag,
        "card": key_cards.of_device(PublicIdentity.from_bytes(one.identity)) if one.words else None,
        "sender": Cell(harmless(name), "laptop", strong=True),
        "organisation": harmless(f"{one.organisation}{nation}") if one.organisation else UNKNOWN,
        "words": one.words or None, "size": size_words(one.bytes), "at": moments.short(one.at, now, weekday=False),
        "state": Cell(tr("trusted now"), "tick", "ok") if trusted else Cell(tr("not trusted"), "warning", "amber"),
    }  # fmt: skip


def size_words(size: int) -> str:
    """Return a size as people say it."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} KB"


def authorities(store: Store) -> list[dict[str, Any]]:
    """Return the authorities whose files are here; ``card`` is the ``KeyCard`` of each."""
    return [_authority(known) for known in certifying.known_in(store)]


def _authority(known: certifying.Known) -> dict[str, Any]:
    card = key_cards.of_authority(known.public)
    nation = f" ({nation_words(card.nation)})" if card.nation else ""
    return {
        "id": card.id, "card": card, "file": known.public.to_bytes(), "held": known.held, "believed": known.believed,
        "relation": known.relation,
        "name": Cell(card.name, "key" if known.held else "shield", strong=known.believed),
        "role": role_words(card.role), "organisation": f"{card.body}{nation}",
        "trusted": Cell(tr("trusted"), "tick", "ok") if known.believed else Cell(tr("not trusted"), "warning", "amber"),
        "here": Cell(tr("on this laptop"), strong=True) if known.held else Cell(tr("elsewhere")),
        "certified": known.certified if known.believed else None,
    }  # fmt: skip
