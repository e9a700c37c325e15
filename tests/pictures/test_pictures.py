"""The pictures of the repository show the program as it is, and every screen and dialog has a scene."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from textual.screen import Screen

import stsview.ui
from screenshots.cast import COLUMNS, ROWS
from screenshots.cast import SCENES as FILM
from screenshots.draw import HERE, draw
from screenshots.incident import INCIDENT
from screenshots.scenes import SCENES, Scene
from screenshots.stage import dashboard


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
    scenes = {f"{scene.name}-{theme}.svg" for scene in SCENES for theme in scene.kept}
    assert {path.name for path in HERE.glob("*.svg")} == {*scenes, "dead-node.svg"}


async def test_the_film_is_current(tmp_path: Path) -> None:
    """As far as its first half: the screens that a reader sees before anything is confirmed."""
    kept = (HERE / "dead-node.svg").read_text(encoding="utf-8")
    filmed = {letters(" ".join(re.findall(r"<text [^>]*>([^<]*)<", row))) for row in re.findall("<g id=.*?</g>", kept)}
    async with dashboard(INCIDENT, (COLUMNS, ROWS), tmp_path) as stage:
        await stage.until_second(3)
        for scene in FILM[:7]:
            await stage.pilot.press(*(_NAMES.get(key, key) for key in scene.keys))
            await stage.shows(scene.shows)
            await stage.still()
            drawn = {letters(escape(line)) for line in stage.text.splitlines()}
            assert drawn - filmed == set(), "renew the film: make cast"


_NAMES = {"\r": "enter", "\x1b": "escape"}


def letters(row: str) -> str:
    """A row without spaces, ages, and what is drawn from lengths of time."""
    return re.sub(r"[0-9]+[smhd](?![a-z])|[\s0-9▒░▓█]", "", row)


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
