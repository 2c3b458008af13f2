"""Who holds something now, and to whom it has been offered: one box a body, the holder's filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.domain.handoffs import Held
from triage_app.services import handoffs
from triage_app.store.connection import Store
from triage_app.ui.text import text_label
from triage_app.ui.views.moments import short
from triage_app.ui.widgets import Card, Flow, secondary


@dataclass(frozen=True)
class HeldRead:
    """Who holds something, with its hand-offs, the oldest first."""

    held: Held
    handoffs: tuple[dict[str, Any], ...] = ()


def read_held(store: Store, kind: str, about: str) -> HeldRead:
    """Return who holds something now."""
    return HeldRead(handoffs.holder(store, kind, about), tuple(handoffs.listing(store, about)))


def held_words(read: HeldRead, now: datetime, tr: Callable[[str], str]) -> str:
    """Return one line: who holds it and since when, and to whom it is offered."""
    parts = [read.held.holder.name]
    if read.held.since is not None:
        parts.append(tr("since {0}").format(short(read.held.since, now)))
    waiting = [row["to_body"] for row in read.handoffs if row["id"] in read.held.open]
    if waiting:
        parts.append(tr("offered to {0}, not accepted").format(", ".join(waiting)))
    return "; ".join(parts)


class HandoffCard(Card):
    """The holder's box filled, the others dashed, in the order in which it was offered."""

    requested = Signal()
    """Somebody wants to hand it over, or to log an answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Held by"), " ", parent=parent)
        self.button = secondary(self.tr("Hand over"), key="H")
        self.button.clicked.connect(self.requested)
        self.head.addWidget(self.button)
        self._holder = QWidget()
        self._flow = Flow(self._holder, gap=10)
        self.body.addWidget(self._holder)
        self.crossed = text_label("", "small", "amber", wrap=True)
        self.crossed.hide()
        self.body.addWidget(self.crossed)
        self._boxes: list[Card] = []

    def show_held(self, read: HeldRead, now: datetime) -> None:
        """Show who holds it."""
        held = read.held
        since = self.tr("since {0}").format(short(held.since, now)) if held.since is not None else ""
        self.note.setText(" ".join(part for part in (held.holder.name, since) if part))
        self.button.setText(self.tr("Log the answer") if held.open else self.tr("Hand over"))
        boxes = [(held.holder.name, self.tr("holds it {0}").format(since).strip(), True)]
        for row in read.handoffs[-4:]:
            if row["id"] == held.by and row["answer"] == "accepted":
                continue
            name = ", ".join(part for part in (row["to_body"], row["to_person"]) if part)
            boxes.append((name, self._said(row, now), False))
        for box in self._boxes:
            self._flow.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._boxes = [self._box(*one) for one in boxes]
        for box in self._boxes:
            self._flow.addWidget(box)
            box.show()
        names = [row["to_body"] for row in read.handoffs if row["id"] in held.crossed]
        self.crossed.setText(
            self.tr(
                "{0} accepted too, but it was not with their giver then. Let one return it, or offer it on."
            ).format(", ".join(names))
        )
        self.crossed.setVisible(bool(names))

    def _box(self, name: str, said: str, holds: bool) -> Card:
        box = Card(inset=12)
        box.restyle("tint" if holds else "surface", "accent" if holds else "edge", dashed=not holds)
        box.body.setSpacing(2)
        box.body.addWidget(text_label(name, "small_strong"))
        box.body.addWidget(text_label(said, "cap", "text2"))
        box.setAccessibleName(f"{name}, {said}")
        return box

    def _said(self, row: dict[str, Any], now: datetime) -> str:
        offered = self.tr("offered {0}").format(short(row["offered_at"], now))
        when = short(row["answered_at"], now)
        words = {
            "": self.tr("{0}, not accepted").format(offered),
            "accepted": self.tr("accepted {0}").format(when),
            "refused": self.tr("refused {0}: {1}").format(when, row["reason"])[:80],
            "returned": self.tr("returned {0}: {1}").format(when, row["reason"])[:80],
        }
        return words.get(row["answer"], str(row["answer"])[:40])
