"""The contexts that the command line names: one, or several."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from stsview.live.errors import CannotStart

if TYPE_CHECKING:
    from stsview.cluster.auth.kubeconfig import Kubeconfig

_NAMED = 5
"""Contexts that a message names at most."""


def chosen_contexts(arguments: argparse.Namespace, kubeconfig: Kubeconfig) -> Sequence[str]:
    """The contexts of `--context a,b` and `--contexts PATTERN`, each once; whether they exist is not checked.

    Raises `CannotStart` for a pattern that matches none, and where no name is left.
    """
    known = kubeconfig.contexts()
    if arguments.contexts:
        patterns = [one.strip() for one in arguments.contexts.split(",") if one.strip()]
        # A context's own name may have brackets: only * is special, as in the configuration.
        plain = [one.replace("[", "[[]").replace("?", "[?]") for one in patterns]
        found = [name for name in known if any(fnmatchcase(name, pattern) for pattern in plain)]
        if not found:
            some = ", ".join(known[:_NAMED]) + (", …" if len(known) > _NAMED else "")
            there = f"; available: {some}" if known else "; the kubeconfig has none"
            raise CannotStart(f"no context matches --contexts {arguments.contexts!r}{there}")
        return found
    if arguments.context in known:
        return (arguments.context,)
    names = tuple(dict.fromkeys(name.strip() for name in arguments.context.split(",") if name.strip()))
    if not names:
        raise CannotStart("--context names no context; write one, or several as in --context staging,production")
    return names
