from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from stsview.text import glyphs
from tests.chaos.scene import Scene
from tests.chaos.screen import Shell


@pytest.fixture(scope="module", autouse=True)
def same_terminal_everywhere() -> Iterator[None]:
    """What is drawn must not depend on where the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_COLOR", "STSVIEW_ASCII", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
            patch.delenv(name, raising=False)
        patch.setenv("TERM", "xterm-256color")
        patch.setenv("COLORTERM", "truecolor")
        glyphs.use(glyphs.UNICODE)
        yield
        glyphs.use(None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shell(same_terminal_everywhere: None) -> AsyncIterator[Shell]:
    shell = Shell()
    yield shell
    await shell.close()


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shell: Shell, tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield Scene(tmp_path, stack, shell)
