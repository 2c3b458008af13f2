"""Beside an alert that shares nothing: what it has is named, and nothing that it has not."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from triage_app.services.related import Related, Tie
from triage_app.services.related_values import Value
from triage_app.ui.views.alert_related import AlertRelated


def tie(kind: str) -> Tie:
    made: Any = Tie(Value(kind, "evil.example"), 1)
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (("rule",), "No other alert or incident here shares its rule."),
        (("host", "user", "rule"), "No other alert or incident here shares its host, user or rule."),
        (("campaign",), "It names nothing that another alert could share."),
    ],
)
def test_only_what_an_alert_has_is_said_to_be_shared_by_none(qtbot: QtBot, kinds: tuple[str, ...], words: str) -> None:
    shown = AlertRelated()
    qtbot.addWidget(shown)
    shown.show_related(Related(tuple(tie(kind) for kind in kinds), ()))
    assert words in [label.text() for label in shown.findChildren(QLabel)]
