"""What the exchange screen says over everything else: this laptop was revoked; operations have not reached us."""

from __future__ import annotations

from triage_app.ui.views.exchange_reading import ExchangeRead, gap_words
from triage_app.ui.watching import WatchBanner, Watching
from triage_app.ui.widgets import Banner


class RevokedBanner(Banner):
    """Hidden unless an authority revoked this laptop."""

    def __init__(self) -> None:
        super().__init__()
        self.hide()

    def show_revoked(self, found: ExchangeRead) -> None:
        """Say who revoked this laptop, and what that means."""
        own = found.revoked
        self.setVisible(own is not None)
        if own is None:
            return
        then = self.tr(
            "What you write no longer counts at those who believe {0}: {1} of your operations so far. If the laptop is "
            "in good hands, restore its newest backup: it goes on as a new device."
        ).format(" or ".join(own.by), own.uncounted)
        self.say(self.tr("This laptop was revoked after its operation {0}.").format(own.cutoff), then, "red")


class GapBanner(Banner):
    """Hidden unless operations are kept that do not count yet."""

    def __init__(self) -> None:
        super().__init__()
        self.hide()

    def show_gaps(self, found: ExchangeRead) -> None:
        """Say the worst of what is pending, and how many more there are."""
        self.setVisible(bool(found.gaps))
        if not found.gaps:
            return
        worst = found.gaps[0]
        what, then = gap_words(worst)
        more = len(found.gaps) - 1
        if more:
            then += " " + self.tr("{0} further devices have operations pending.").format(more)
        trust = self.tr("Trust a device") if worst.missing is None and worst.reason == "unknown-device" else ""
        self.say(what, then, "amber", trust)


class ArrivedBanner(WatchBanner):
    """Hidden unless bundles have arrived in the watched folder; what waits there for an import is said elsewhere."""

    def show_state(self, watching: Watching) -> None:
        """Show whose bundles have arrived, or which one waits for its passphrase."""
        sealed = watching.sealed_waiting()
        self.setVisible(bool(watching.offered or sealed))
        if watching.offered:
            self.offer(watching.offered)
        elif sealed:
            what = self.tr("A bundle that is sealed with a passphrase has arrived in the watched folder")
            do = self.tr("{0}. Ask the sender for the passphrase by telephone; then merge it.").format(sealed[0].name)
            self.say(what, do, "amber", self.tr("Look at it"))
