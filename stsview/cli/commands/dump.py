"""`stsview dump -o FILE`: what stsview reads of a cluster, in a file for `--from`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

import msgspec

from stsview.cli.output.console import Console
from stsview.cli.support.errors import CommandError, fail
from stsview.clock import SystemClock
from stsview.live.errors import CannotStart
from stsview.live.files.documents import STANDARD_INPUT
from stsview.live.files.dump import Dump, collect
from stsview.text.numbers import count


def run(arguments: argparse.Namespace) -> int:
    """Write the file; returns 0, or 2 if the cluster could not be read or the file not be written."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    try:
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        dump = asyncio.run(collect(target, settings, SystemClock()))
        write(dump, arguments.output)
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    return 0


def write(dump: Dump, output: str) -> None:
    """Write the dump, and say on standard error what is in it.

    Raises `CommandError`.
    """
    content = msgspec.json.format(msgspec.json.encode(dump.content), indent=1) + b"\n"
    if output == STANDARD_INPUT:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        _write_private(Path(output), content)
    console = Console(sys.stderr)
    for sentence in dump.unread:
        console.line(("? ", "bold"), sentence)
    removed = f", {count(dump.hidden, 'value')} hidden" if dump.hidden else ""
    console.line(f"{count(dump.objects, 'object')}{removed}: {output}")


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; until it is complete, a former one stays."""
    try:
        # mkstemp creates it with mode 0600.
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or 'error'}") from error
