"""What holds for all tests."""

import gc
import os
import signal
import time

import pytest
from hypothesis import HealthCheck, settings

from tests.support import loops

# How long an example takes says more about what else the machine does than about the program.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Local times are in the texts that tests compare.
os.environ["TZ"] = "UTC"
time.tzset()

# A shell without job control starts its background jobs with SIGINT ignored, which programs that tests start inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What is loaded, and what is collected of the tests, stays: to look through it for garbage took a third of that time.
gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage seldom: tests make many small objects, few of them in cycles."""
    gc.freeze()
    gc.set_threshold(50_000, *gc.get_threshold()[1:])
    gc.enable()


@pytest.fixture(autouse=True)
def no_empty_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stsview.clock.settle", loops.settle)


@pytest.fixture(autouse=True)
def no_remembered_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of one test must not be hidden in the texts of another."""
    monkeypatch.setattr("stsview.cluster.auth.redaction._known", {})


@pytest.fixture(autouse=True)
def no_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs read what others wrote, also without it on the disk: only a crash of the machine would show it."""
    monkeypatch.setattr(os, "fsync", lambda file: None)
