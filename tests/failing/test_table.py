"""Everything that is known to happen to a long-running client, one row each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.failing import connections
from tests.failing.scene import Scene

Row = Callable[[Scene], Awaitable[None]]

ROWS: dict[str, Row] = {
    "refused later": connections.refused_later,
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_the_screen_says_what_is_wrong_and_the_model_recovers(row: Row, scene: Scene) -> None:
    await row(scene)
    await scene.recovers()
