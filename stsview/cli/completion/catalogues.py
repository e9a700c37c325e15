"""Names that stsview itself defines, each with its meaning.

Importing what defines them takes a quarter to half a second, so they are remembered until a file of them changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from stsview import __version__
from stsview.cli.completion.remembered import remembered

_DAY_SECONDS = 86_400.0
_PACKAGE = Path(__file__).resolve().parents[2]


def rules() -> list[tuple[str, str]]:
    """Ids of rules, with their titles."""
    return _pairs("rules", "triage", _read_rules)


def scenarios() -> list[tuple[str, str]]:
    """Names of scenarios, with what they show."""
    return _pairs("scenarios", "simulator/scenarios", _read_scenarios)


def tasks() -> list[tuple[str, str]]:
    """Names of tasks whose rights a role can grant, with what they are."""
    return _pairs("tasks", "model", _read_tasks)


def _pairs(kind: str, folder: str, read: Callable[[], list[tuple[str, str]]]) -> list[tuple[str, str]]:
    found = remembered(kind, [__version__, _newest(_PACKAGE / folder)], read, fresh_seconds=_DAY_SECONDS)
    return [(name, text) for name, text in found or ()]


def _newest(folder: Path) -> int:
    """When a file of a package was last written, in nanoseconds."""
    times = [0]
    for root, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if one != "__pycache__"]
        times += [Path(root, file).stat().st_mtime_ns for file in files]
    return max(times)


def _read_rules() -> list[tuple[str, str]]:
    from stsview.triage.catalogue import CATALOGUE

    return sorted((rule.id, rule.title) for rule in CATALOGUE)


def _read_tasks() -> list[tuple[str, str]]:
    from stsview.model.rights import READING, TASKS

    named = [(task.name, task.words.replace("`", "")) for task in TASKS if task not in READING]
    return [("all", "every change"), *named]


def _read_scenarios() -> list[tuple[str, str]]:
    from stsview.simulator.scenarios import catalogue

    return [(scenario.name, scenario.summary) for scenario in catalogue()]
