"""What the exchange screen shows of trust, read from the store: authorities, this laptop's own card, kept bundles."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.formats.identity import PublicIdentity
from triage_app.services import certifying, key_cards
from triage_app.services.key_cards import KeyCard
from triage_app.store import peers
from triage_app.store.connection import Store
from triage_app.ui.dialogs.key_card import role_words
from triage_app.ui.table import Cell


def tr(text: str) -> str:
    """Return words in the responder's language."""
    return QCoreApplication.translate("Exchange", text)


def own_card(store: Store, own: str) -> KeyCard | None:
    """Return this laptop's own card."""
    data = peers.identities(store).get(own)
    return key_cards.of_device(PublicIdentity.from_bytes(data)) if data is not None else None


def authorities(store: Store) -> list[dict[str, Any]]:
    """Return the authorities whose files are here; ``card`` is the ``KeyCard`` of each."""
    return [_authority(known) for known in certifying.known_in(store)]


def _authority(known: certifying.Known) -> dict[str, Any]:
    card = key_cards.of_authority(known.public)
    nation = f" ({card.nation})" if card.nation else ""
    return {
        "id": card.id, "card": card, "file": known.public.to_bytes(), "held": known.held, "believed": known.believed,
        "relation": known.relation,
        "name": Cell(card.name, "key" if known.held else "shield", strong=known.believed),
        "role": role_words(card.role), "organisation": f"{card.body}{nation}",
        "trusted": Cell(tr("trusted"), "tick", "ok") if known.believed else Cell(tr("not trusted"), "warning", "amber"),
        "here": Cell(tr("on this laptop"), strong=True) if known.held else Cell(tr("elsewhere")),
        "certified": known.certified if known.believed else None,
    }  # fmt: skip
