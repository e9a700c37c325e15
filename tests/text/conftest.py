from __future__ import annotations

from collections.abc import Iterator

import pytest

from stsview.text import glyphs


@pytest.fixture(autouse=True)
def unicode_terminal() -> Iterator[None]:
    """Make output independent of the environment of the tests."""
    glyphs.use(glyphs.UNICODE)
    yield
    glyphs.use(None)
