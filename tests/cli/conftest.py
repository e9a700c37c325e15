"""Fixtures of commands that connect to a simulated cluster."""

import pytest

from tests.live.conftest import rig as rig


@pytest.fixture(autouse=True)
def no_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection counts as stalled: the clock of these tests runs ahead of their sockets."""
    monkeypatch.setattr("stsview.cli.support.connect.STALL_SECONDS", 1e9)
    monkeypatch.setattr("stsview.cli.support.read_revisions.STALL_SECONDS", 1e9)
