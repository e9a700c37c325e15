"""Films how a pod of a dead node is brought back: `dead-node.cast` for asciinema, and `dead-node.svg` for the README.

`python -m screenshots.cast [FOLDER]`. The program runs in a pseudo-terminal, as for a user. Times in the film are those
of a reader, not those of the machine, and so the same at every run.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyte

from screenshots.draw import HERE
from screenshots.svg import Look, Row, film
from stsview.ui.kit.look.themes import DARK
from tests.support.terminal.program import Program

COLUMNS, ROWS = 100, 30
_TYPING = 0.12
"""Seconds between two keys of a word."""


class Scene(NamedTuple):
    """What is pressed, what has to be on the screen then, and how long a reader looks at it, in seconds."""

    keys: str
    shows: str
    seconds: float
    fast: bool = False
    """Whether time passes fast from here until that is shown."""


SCENES = (
    Scene("", "last resort", 4),
    Scene("\r", "Timeline", 4),
    Scene("t", "Steps for", 3),
    Scene("1", "CONDITIONS", 4),
    Scene("\x1b", "Timeline", 1),
    Scene("t", "Steps for", 1),
    Scene("5", "pre-flight checks complete", 5),
    Scene("postgres-1", "✔  ", 1.5),
    Scene("\r", "not attested", 3),
    Scene(" ", "[x]", 1.5),
    Scene("\r", "still attached", 4),
    Scene("", "3/3 ready", 4, fast=True),
    Scene("\x1b", "Timeline", 5),
)


class Frame(NamedTuple):
    """What is on the screen from a time on, in seconds."""

    at: float
    rows: tuple[Row, ...]


def played() -> Iterator[Frame]:
    """Plays the scenes once."""
    at = 0.0
    command = [sys.executable, "-m", "screenshots.incident"]
    with Program(command, columns=COLUMNS, rows=ROWS, environment={"COLORTERM": "truecolor"}) as program:
        for scene in SCENES:
            if scene.fast:
                program.signal(signal.SIGUSR1)
            keys = (scene.keys,) if len(scene.keys) < 2 else tuple(scene.keys)
            for number, key in enumerate(keys, 1):
                program.press(key)
                last = number == len(keys)
                if last:
                    program.wait_for(scene.shows, limit=120)
                _until_still(program)
                yield Frame(at, rows_of(program.screen))
                at += scene.seconds if last else _TYPING


def _until_still(program: Program) -> None:
    """Read until the screen stays the same for a while; the clock in its first line does not count."""
    last, same = "", 0

    def still(program: Program) -> bool:
        nonlocal last, same
        below = "\n".join(program.lines[1:])
        same = same + 1 if below == last else 0
        last = below
        return same > 4

    program.wait(still, "the screen stays the same")


def rows_of(screen: pyte.Screen) -> tuple[Row, ...]:
    """What a terminal shows, in runs of one look."""
    return tuple(_row(screen, y) for y in range(screen.lines))


def _row(screen: pyte.Screen, y: int) -> Row:
    runs: list[tuple[str, Look]] = []
    for x in range(screen.columns):
        char = screen.buffer[y][x]
        # The right half of a wide character is empty.
        colour, background = _colour(char.fg, DARK.text), _colour(char.bg, DARK.ground)
        if char.reverse:
            colour, background = background, colour
        look = Look(colour, background, char.bold, char.underscore, char.italics)
        if runs and runs[-1][1] == look:
            runs[-1] = (runs[-1][0] + char.data, look)
        else:
            runs.append((char.data, look))
    return tuple(runs)


def _colour(name: str, default: str) -> str:
    return f"#{name}" if len(name) == 6 and all(one in "0123456789abcdef" for one in name) else default


def cast(frames: Sequence[Frame]) -> str:
    """The film as asciicast (https://docs.asciinema.org/manual/asciicast/v2/): of each frame, the rows that changed.

    What the program itself writes is thirty times as much: it paints whole screens, also between two frames.
    """
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "stsview: the node of a pod is dead"}
    lines, before = [json.dumps(head)], tuple[Row, ...]()
    for at, rows in frames:
        painted = [f"\x1b[{y + 1};1H{_ansi(row)}" for y, row in enumerate(rows) if y >= len(before) or before[y] != row]
        start = "" if before else "\x1b[?25l\x1b[2J"
        lines.append(json.dumps([round(at, 2), "o", start + "".join(painted)], ensure_ascii=False))
        before = rows
    lines.append(json.dumps([round(frames[-1].at + SCENES[-1].seconds, 2), "o", "\x1b[0m"]))
    return "\n".join(lines) + "\n"


def _ansi(row: Row) -> str:
    return "".join(f"\x1b[{_codes(look)}m{text}" for text, look in row)


def _codes(look: Look) -> str:
    flags = [code for code, on in (("1", look.bold), ("3", look.italic), ("4", look.underline)) if on]
    return ";".join(("0", *flags, f"38;2;{_levels(look.colour)}", f"48;2;{_levels(look.background)}"))


def _levels(colour: str) -> str:
    return ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))


def main(folder: Path) -> None:
    frames = list(played())
    (folder / "dead-node.cast").write_text(cast(frames), encoding="utf-8")
    (folder / "dead-node.svg").write_text(film(frames, DARK.ground, "stsview"), encoding="utf-8")
    for name in ("dead-node.cast", "dead-node.svg"):
        print(f"drew {folder / name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
