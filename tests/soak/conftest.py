"""`pytest tests/soak -m soak --seed N` repeats a long run with the seed that it printed."""

from __future__ import annotations

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="seed of the long soak; a random one by default")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    given: int | None = request.config.getoption("--seed", default=None)
    return random.SystemRandom().randrange(1_000_000) if given is None else given
