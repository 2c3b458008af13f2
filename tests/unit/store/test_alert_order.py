"""The orders of a list: what they come to, however the store is asked."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.store.evidence import LAYOUT, key_of, load, row
from triage_app.domain.evidence import Layout
from triage_app.services import triage
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.store import alert_changes, alerts
from triage_app.store.alerts import AlertFilter
