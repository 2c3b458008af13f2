"""The guards that the tests themselves stand on do guard."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest
from hypothesis import settings


def test_no_test_reaches_the_network() -> None:
    with pytest.raises(RuntimeError, match="tried to use the network"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    with socket.socket() as plug, pytest.raises(RuntimeError, match="tried to use the network"):
        plug.bind(("127.0.0.1", 0))


def test_no_test_touches_the_responders_own_profile() -> None:
    home = Path(os.environ["TRIAGE_HOME"])
    assert home.is_dir()
    assert Path.home() not in home.parents or "pytest" in str(home)
    assert "TRIAGE_PASSPHRASE" not in os.environ


def test_every_machine_tests_in_the_same_time_zone() -> None:
    assert time.localtime(0).tm_hour == 0


def test_examples_are_the_same_in_every_run() -> None:
    if os.environ.get("HYPOTHESIS_PROFILE", "ci") != "ci":
        pytest.skip("another profile was asked for")
    assert settings().derandomize
    assert settings().deadline is None
