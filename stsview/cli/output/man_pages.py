"""Manual pages, made from the parser: one for stsview, and one for each command.

The build of the wheel writes them (`hatch_build.py`), so they are as old as the parser. argparse-manpage was tried: it
writes one page, in which the options of the cluster are repeated for each of thirty commands, and has the date in it.

    python -m stsview.cli.output.man_pages FOLDER
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from stsview import __version__
from stsview.cli.arguments.parser import parser
from stsview.cli.arguments.value_types import Parser
from stsview.program_name import PLUGIN

_SPECIAL = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}
"""Characters that roff takes for others, or draws as others (groff_man_style(7), "Portability")."""


def pages() -> dict[str, str]:
    """The pages in roff, by the names of their files."""
    top = parser()
    commands = dict(_commands(top))
    listed = {name: help_ for name, (_, help_) in commands.items()}
    made = {f"stsview-{name}.1": _page(command, help_) for name, (command, help_) in commands.items()}
    main = _page(top, "dashboard for Kubernetes StatefulSets", listed)
    return {"stsview.1": main, f"{PLUGIN}.1": ".so man1/stsview.1\n", **made}


def write_pages(folder: Path) -> list[Path]:
    """Write the pages; returns their paths. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        path = folder / name
        path.write_text(text, encoding="ascii")
        written.append(path)
    return written


def _commands(top: argparse.ArgumentParser) -> Iterator[tuple[str, tuple[argparse.ArgumentParser, str]]]:
    """Those that are listed, which the names of former releases are not."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for listed in action._choices_actions:
                yield listed.dest, (action.choices[listed.dest], listed.help or "")


def _page(of: argparse.ArgumentParser, summary: str, commands: dict[str, str] | None = None) -> str:
    name = of.prog.replace(" ", "-")
    # Without a date: the same parser makes the same page.
    lines = [f'.TH {_text(name.upper())} 1 "" "stsview {_text(__version__)}" "stsview manual"']
    lines += [".SH NAME", f"{_text(name)} \\- {_text(summary)}"]
    lines += [".SH SYNOPSIS", *_synopsis(of)]
    lines += [".SH DESCRIPTION", _text(of.description or "")]
    if of.epilog:
        lines += [".PP", _text(of.epilog)]
    lines.append(".SH OPTIONS")
    for group in of._action_groups:
        shown = [
            action
            for action in group._group_actions
            if action.help != argparse.SUPPRESS and not isinstance(action, argparse._SubParsersAction)
        ]
        if shown and group.title not in ("options", "positional arguments"):
            lines.append(f".SS {_text((group.title or '').capitalize())}")
        for action in shown:
            lines += [".TP", _heading(action), _help(of, action)]
    if commands:
        lines.append(".SH COMMANDS")
        for command, help_ in commands.items():
            lines += [".TP", f"\\fB{_text(f'stsview-{command}')}\\fR(1)", _text(help_)]
    others = ["kubectl(1)"] if commands else ["stsview(1)"]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{_text(one.removesuffix('(1)'))}\\fR(1)" for one in others)]
    return "\n".join(lines) + "\n"


def _synopsis(of: argparse.ArgumentParser) -> Iterator[str]:
    """The program in bold, and all else as its usage has it: options that have to be given, and arguments."""
    parts = [f"\\fB{_text(of.prog)}\\fR", "[\\fIoptions\\fR]"]
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            parts.append("[\\fICOMMAND\\fR ...]")
        elif action.required and action.option_strings:
            parts.append(_heading(action))
        elif not action.option_strings:
            parts.append(_values(action))
    if isinstance(of, Parser) and of.after_dashes:
        parts.append("[\\-\\- \\fICOMMAND\\fR [\\fIARG\\fR ...]]")
    yield " ".join(parts)


def _heading(action: argparse.Action) -> str:
    """`-o, --output text|json`, or the argument of a command."""
    if not action.option_strings:
        return _values(action)
    names = ", ".join(f"\\fB{_text(name)}\\fR" for name in action.option_strings)
    values = _values(action)
    return f"{names} {values}" if values else names


def _values(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    metavar = action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    names = [f"\\fI{_text(one)}\\fR" for one in ((metavar,) if isinstance(metavar, str) else metavar)]
    if isinstance(action.nargs, int):
        return " ".join(names * action.nargs if len(names) == 1 else names)
    match action.nargs:
        case "?":
            return f"[{names[0]}]"
        case "*":
            return f"[{names[0]} ...]"
        case "+":
            return f"{names[0]} ..."
    return names[0]


def _help(of: argparse.ArgumentParser, action: argparse.Action) -> str:
    return _text(of._get_formatter()._expand_help(action)) if action.help else ""


def _text(text: str) -> str:
    """`text` so that roff shows it as it is, on one line that no request begins."""
    line = "".join(_SPECIAL.get(one, one) for one in " ".join(text.split()))
    line = re.sub(r"[^\x00-\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", line)
    return f"\\&{line}" if line[:1] == "." else line


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
