from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from stsview.text import glyphs
from tests.chaos.scene import Scene
from tests.chaos.screen import ScreenApp


@pytest.fixture(scope="module", autouse=True)
def same_terminal_everywhere() -> Iterator[None]:
    """Make the drawing independent of the terminal of the test run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_COLOR", "STSVIEW_ASCII", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
            patch.delenv(name, raising=False)
        patch.setenv("TERM", "xterm-256color")
        patch.setenv("COLORTERM", "truecolor")
        glyphs.use(glyphs.UNICODE)
        yield
        glyphs.use(None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def screen_app(same_terminal_everywhere: None) -> AsyncIterator[ScreenApp]:
    screen_app = ScreenApp()
    yield screen_app
    await screen_app.close()


@pytest_asyncio.fixture(loop_scope="module")
async def scene(screen_app: ScreenApp, tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield Scene(tmp_path, stack, screen_app)
