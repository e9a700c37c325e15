from __future__ import annotations

from collections.abc import Iterator

import pytest

from stsview.text import glyphs


@pytest.fixture(autouse=True)
def unicode_terminal() -> Iterator[None]:
    """What is drawn must not depend on where the tests run."""
    glyphs.use(glyphs.UNICODE)
    yield
    glyphs.use(None)
