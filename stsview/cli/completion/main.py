"""`stsview __complete WORD...`, which the scripts of shells start at every Tab, and `kubectl_complete-stsview`.

The words of the command line come in as arguments, the last one unfinished. Candidates go out, one a line, each with
its description behind a tab, then a colon and a directive: the protocol of `__complete` in programs that use
https://github.com/spf13/cobra, such as kubectl.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from stsview.cli.arguments.parser import parser
from stsview.cli.completion.candidates import NOTHING, Answer, answer

BASH = "--bash"
"""In front of the line up to the cursor and of $COMP_WORDBREAKS, instead of the words."""


def complete(arguments: Sequence[str]) -> int:
    """Print what completes the last of `arguments`; nothing where anything fails. Returns 0."""
    # A message would be written into the middle of the line that is being typed.
    try:
        text = _in_bash(*arguments[1:]) if arguments[:1] == [BASH] else _in_cobra(arguments)
    except (Exception, KeyboardInterrupt):
        text = _text((), NOTHING)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        # The shell no longer waits. What Python flushes at exit must not raise again.
        sys.stdout = None
    return 0


def complete_for_kubectl() -> int:
    """`kubectl_complete-stsview`, which kubectl starts to complete `kubectl stsview`; returns 0."""
    return complete(sys.argv[1:])


def _in_cobra(words: Sequence[str]) -> str:
    found = answer(parser(), words)
    return _text((f"{one.word}\t{one.description}".rstrip("\t") for one in found.candidates), found)


def _in_bash(line: str, breaks: str = "") -> str:
    from stsview.cli.completion.bash_line import parse_line

    typed = parse_line(line, breaks)
    found = answer(parser(), typed.words[1:])
    return _text((typed.reply(one.word) for one in found.candidates), found)


def _text(lines: Iterable[str], found: Answer) -> str:
    return "".join(f"{line}\n" for line in (*lines, f":{int(found.directive)}"))
