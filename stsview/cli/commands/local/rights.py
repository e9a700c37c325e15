"""`stsview rights`: roles that grant exactly what stsview needs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence

from stsview.cli.output.roles import Subject, documents, rights_in_words
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.resolve import resolve_namespaces
from stsview.live.errors import CannotStart
from stsview.model.rights import EVERY_CHANGE, OPTIONAL, READING, TASKS, tasks_with
from stsview.nearest import did_you_mean
from stsview.program_name import program_name

ALL = "all"
"""The name for every change."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


def run(arguments: argparse.Namespace) -> int:
    """Print the roles, or the list of tasks; returns 0, or 2 for a name that is not valid."""
    if arguments.list:
        _list()
        return 0
    try:
        names = _task_names(arguments.tasks)
        subjects = tuple(_subjects(arguments))
        namespaces = resolve_namespaces(arguments) or ()
        role = arguments.name or _role_name(arguments.tasks)
        if not _NAME.fullmatch(role):
            raise CommandError(f"{role!r} cannot be the name of a role: use lower-case letters, digits, '-' and '.'")
    except (CommandError, CannotStart) as error:
        return fail(str(error))
    print("\n---\n".join(documents(role, tasks_with(names), namespaces, subjects)))
    if ALL in arguments.tasks and (left := [task.name for task in OPTIONAL if task.name not in names]):
        print(f"# Not included, since they reach far; --for {' '.join((ALL, *left))} includes them too.")
    return 0


def _task_names(given: Sequence[str]) -> list[str]:
    """The names of tasks, `all` replaced. Raises `CommandError`."""
    known = [ALL, *(task.name for task in TASKS)]
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or f"; list all with `{program_name()} rights --list`"
            raise CommandError(f"unknown task {name!r}{hint}")
    return [one for name in given for one in (EVERY_CHANGE if name == ALL else (name,))]


def _role_name(given: Sequence[str]) -> str:
    return "-".join(("stsview", *(dict.fromkeys(given) or ("read",))))[:253].rstrip("-")


def _subjects(arguments: argparse.Namespace) -> Iterator[Subject]:
    for kind, names in (("User", arguments.users), ("Group", arguments.groups)):
        for name in names:
            if not name.strip():
                raise CommandError(f"the name of a {kind.lower()} is empty")
            yield Subject(kind, name)
    for text in arguments.service_accounts:
        namespace, _, name = text.partition(":")
        if not (_NAME.fullmatch(namespace) and _NAME.fullmatch(name)):
            raise CommandError(f"--serviceaccount must be NAMESPACE:NAME, as in monitoring:stsview (got {text!r})")
        yield Subject("ServiceAccount", name, namespace)


def _list() -> None:
    *first, last = (task.name for task in OPTIONAL)
    named = f"{', '.join(first)} and {last}"
    print(f"Every role contains what reading needs. {ALL} contains every change; {named} must be named.\n")
    shown = [task for task in TASKS if task not in READING]
    width = max(len(task.name) for task in shown)
    for task in shown:
        print(f"{task.name:{width}}  {task.words.replace('`', '')}")
        print(f"{'':{width}}  {rights_in_words(task)}")
