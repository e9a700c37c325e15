"""Draws the scenes.

`python -m screenshots.draw` renews the pictures of the repository, `python -m screenshots.draw FOLDER [NAME...]` draws
all scenes, or some, in all themes.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from screenshots.scenes import SCENES, THEMES, Keys, Scene, Second, Shows, Text, Theme
from screenshots.stage import Stage, dashboard
from screenshots.svg import Row, still
from stsview.ui.app_commands import THEME_PREFIX
from stsview.ui.kit.look.themes import PALETTES

HERE = Path(__file__).resolve().parent


async def draw(scene: Scene, themes: tuple[Theme, ...]) -> dict[Theme, str]:
    """The pictures of a scene, by theme."""
    with tempfile.TemporaryDirectory() as folder:
        async with dashboard(scene.scenario, scene.size, Path(folder)) as stage:
            await play(stage, scene)
            return {theme: await _picture(stage, theme) for theme in themes}


async def play(stage: Stage, scene: Scene) -> None:
    """Take the steps of a scene, until its time has come and nothing moves."""
    for step in scene.steps:
        match step:
            case Keys(keys):
                await stage.pilot.press(*keys)
            case Text(text):
                await stage.pilot.press(*(_KEYS.get(one, one) for one in text))
            case Shows(words):
                await stage.shows(words)
            case Second(at):
                await stage.until_second(at)
    await stage.until_second(scene.at)
    await stage.still()
    if (shown := type(stage.app.screen).__name__) != scene.screen:
        raise RuntimeError(f"scene {scene.name} ends on {shown} instead of {scene.screen}:\n{stage.text}")


_KEYS = {" ": "space", "/": "slash", ":": "colon", "=": "equals_sign", ".": "full_stop", "-": "minus", ",": "comma"}


async def _picture(stage: Stage, theme: Theme) -> str:
    await stage.wear(theme)
    rows: tuple[Row, ...] = stage.rows()
    return still(rows, PALETTES[THEME_PREFIX + theme].ground, "stsview")


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else HERE
    folder.mkdir(exist_ok=True, parents=True)
    for scene in SCENES:
        themes = THEMES if arguments else scene.kept
        if not themes or (arguments[1:] and scene.name not in arguments[1:]):
            continue
        for theme, picture in asyncio.run(draw(scene, themes)).items():
            path = folder / f"{scene.name}-{theme}.svg"
            path.write_text(picture, encoding="utf-8")
            print(f"drew {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
