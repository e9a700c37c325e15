"""Lines of logs on the standard output; notes about them on the standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TextIO

from rich.console import Console as RichConsole

from stsview.live.logs.log_merge import MergedLine
from stsview.model.names import parent_and_ordinal
from stsview.objects.log_messages import LogLine
from stsview.objects.quantity import format_bytes
from stsview.program_name import program_name
from stsview.text.glyphs import active
from stsview.text.terminal_text import safe

_COLOURS = (36, 35, 34, 32, 96, 95, 94, 92)
"""Foreground colours of a terminal, in turn by ordinal; without red and yellow, which mean trouble elsewhere."""

_COLOUR_SEQUENCES = re.compile(r"\x1b\[[0-9;:]*[mK]")


class LogOutput(Protocol):
    def lines(self, lines: Sequence[MergedLine], containers: Mapping[str, str]) -> None:
        """Print lines; notes among them are about a pod, or several."""

    def notes(self, notes: Iterable[str]) -> None:
        """Print notes."""


class TextLines:
    """Each line after the name of its pod.

    In a pipe unchanged; on a terminal without control characters, and with colours.
    """

    def __init__(self, file: TextIO, pods: Sequence[str], *, timestamps: bool = False) -> None:
        """`pods` are those whose names are printed; none: no names."""
        self._file = file
        self._timestamps = timestamps
        self._terminal = file.isatty()
        self._coloured = self._terminal and bool(RichConsole(file=file).color_system) and not _no_colour(file)
        self._named = bool(pods)
        self._width = max(map(len, pods), default=0) if self._terminal else 0
        self._prefixes: dict[str, str] = {}

    def lines(self, lines: Sequence[MergedLine], containers: Mapping[str, str]) -> None:
        texts: list[str] = []
        for one in lines:
            if one.line.note:
                # In its place between the lines, as far as both streams have one reader.
                self._write(texts)
                texts.clear()
                _print_note(one)
                continue
            prefix = self._prefix(one.source) if self._named else ""
            stamp = f"{one.line.stamp} " if self._timestamps and one.line.stamp else ""
            texts.append(f"{prefix}{stamp}{self._text(one.line)}\n")
        self._write(texts)

    def notes(self, notes: Iterable[str]) -> None:
        self._file.flush()
        _print_notes(notes)

    def _write(self, texts: Sequence[str]) -> None:
        if texts:
            self._file.write("".join(texts))
            self._file.flush()

    def _text(self, line: LogLine) -> str:
        text = line.text
        if self._terminal:
            text = safe(_COLOUR_SEQUENCES.sub("", text).expandtabs())
        if line.cut:
            amount, unit = format_bytes(line.cut)
            text += f" {active().ellipsis} {amount} {unit}B more, not shown"
        return text

    def _prefix(self, pod: str) -> str:
        prefix = self._prefixes.get(pod)
        if prefix is None:
            self._width = max(self._width, len(pod)) if self._terminal else 0
            parsed = parent_and_ordinal(pod)
            name = pod.ljust(self._width)
            if self._coloured:
                name = f"\x1b[{_COLOURS[(parsed[1] if parsed else 0) % len(_COLOURS)]}m{name}\x1b[0m"
            prefix = self._prefixes[pod] = f"{name} "
        return prefix


class JsonLines:
    """Each line as a JSON object."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def lines(self, lines: Sequence[MergedLine], containers: Mapping[str, str]) -> None:
        for one in lines:
            if one.line.note:
                self._file.flush()
                _print_note(one)
                continue
            parsed = parent_and_ordinal(one.source)
            content = {
                "time": _utc(one.line.stamp),
                "pod": one.source,
                "ordinal": parsed[1] if parsed else None,
                "container": containers.get(one.source, ""),
                "message": one.line.text,
            }
            if one.line.cut:
                content["cutBytes"] = one.line.cut
            self._file.write(json.dumps(content, ensure_ascii=True) + "\n")
        self._file.flush()

    def notes(self, notes: Iterable[str]) -> None:
        _print_notes(notes)


def _utc(stamp: str) -> str | None:
    """The time of a line in UTC; with the nanoseconds of the node, as far as it is in UTC itself."""
    if not stamp or stamp.endswith("Z"):
        return stamp or None
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None


def _no_colour(file: TextIO) -> bool:
    return RichConsole(file=file).no_color


def _print_note(one: MergedLine) -> None:
    _print_notes([f"{one.source}: {one.line.text}" if one.source else one.line.text])


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"{program_name()}: {safe(note)}", file=sys.stderr)
