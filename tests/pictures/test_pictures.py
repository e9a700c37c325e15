"""The pictures of the repository show the program as it is, and every screen and dialog has a scene."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from textual.screen import Screen

import stsview.ui
from screenshots.draw import HERE, draw
from screenshots.scenes import SCENES, Scene


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene.kept], ids=lambda scene: scene.name)
async def test_a_picture_that_is_kept_is_current(scene: Scene) -> None:
    for theme, picture in (await draw(scene, scene.kept)).items():
        kept = (HERE / f"{scene.name}-{theme}.svg").read_text(encoding="utf-8")
        assert shown(kept) == shown(picture), (
            f"{scene.name}-{theme}.svg is not current: renew it with `make screenshots`"
        )


def shown(picture: str) -> tuple[set[str], list[str]]:
    """The styles and the words of a picture. Numbers do not count: a busy machine may take a second longer."""
    texts = (re.sub(r"[0-9]+", "0", text) for text in re.findall(r"<text [^>]*>([^<]*)<", picture))
    return set(re.findall(r"{(fill:[^}]*)}", picture)), [text for text in texts if re.search(r"[a-zA-Z]{2}", text)]


def test_every_kept_picture_has_a_scene() -> None:
    assert {path.name for path in HERE.glob("*-*.svg")} == {
        f"{scene.name}-{theme}.svg" for scene in SCENES for theme in scene.kept
    }


def test_every_screen_and_dialog_has_a_scene() -> None:
    for module in pkgutil.walk_packages(stsview.ui.__path__, "stsview.ui."):
        importlib.import_module(module.name)
    drawn = {scene.screen for scene in SCENES}
    assert {one.__name__ for one in screens(Screen) if not one.__subclasses__()} - drawn == set()


def screens(of: type[Any]) -> Iterator[type[Any]]:
    """Those of stsview that can be on top; others are bases of them."""
    for one in of.__subclasses__():
        if one.__module__.startswith("stsview.ui."):
            yield one
        yield from screens(one)
