from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest

from tests.support.recorded.player import History, play

Play = Callable[[str], History]

_once = lru_cache(maxsize=None)(play)


@pytest.fixture
def history() -> Play:
    """A recorded history by its name, played once per test run."""
    return _once
