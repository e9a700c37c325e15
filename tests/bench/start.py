"""The start on a small cluster, against an empty app of Textual."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.bench.dashboard import Dashboard

SMALL_PODS = 100

_EMPTY_APP = """\
from textual.app import App
from textual.widgets import Static

class EmptyApp(App):
    ENABLE_COMMAND_PALETTE = False

    def compose(self):
        yield Static(" stsview ")

EmptyApp().run()
"""
_RUNS = 5
_SECONDS = 60


def _until(texts: Sequence[str], command: Sequence[str], folder: Path) -> list[float]:
    """Seconds and seconds of CPU until each of the texts is drawn, one after the other."""
    found = []
    with Dashboard(folder, command) as app:
        for text in texts:
            app.wait_for(text, _SECONDS)
            found += [app.age, app.cpu]
    return found


def start(kubeconfig: Path, folder: Path) -> dict[str, float]:
    """Medians of some runs, in alternation."""
    empty, program = [], []
    for _ in range(_RUNS):
        empty.append(_until([" stsview "], [sys.executable, "-c", _EMPTY_APP], folder))
        command = [sys.executable, "-m", "stsview", "--kubeconfig", str(kubeconfig)]
        program.append(_until([" stsview ", "● live"], command, folder))
    (_, floor), (first_frame, first_frame_cpu, live, live_cpu) = (
        [median(values) for values in zip(*runs, strict=True)] for runs in (empty, program)
    )
    return {
        "first frame s": first_frame,
        "live s": live,
        "first frame cpu over empty app": first_frame_cpu / floor,
        "live cpu over empty app": live_cpu / floor,
    }
