"""The places of the window but the queue, each made when it is first gone to, or while the window is idle."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from triage_app.ui.desk import Desk


def make_place(key: str, desk: Desk) -> QWidget:
    """Return a place's view. They are imported here so that the queue need not wait for them at the start."""
    if key == "home":
        from triage_app.ui.views.home import HomeView

        return HomeView(desk)
    if key == "incidents":
        from triage_app.ui.views.incidents import IncidentsView

        return IncidentsView(desk)
    if key == "victims":
        from triage_app.ui.views.victims import VictimsView

        return VictimsView(desk)
    if key == "evidence":
        from triage_app.ui.views.evidence import EvidenceView

        return EvidenceView(desk)
    if key == "figures":
        from triage_app.ui.views.figures import FiguresView

        return FiguresView(desk)
    if key == "imports":
        from triage_app.ui.views.imports import ImportsView

        return ImportsView(desk)
    if key == "directory":
        from triage_app.ui.views.directory import DirectoryView

        return DirectoryView(desk)
    from triage_app.ui.views.exchange import ExchangeView

    return ExchangeView(desk)
