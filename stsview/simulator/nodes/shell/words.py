"""A line of a shell as words and operators, and the words expanded.

Enough of the POSIX grammar for what people type at a prompt and what tools pass to `sh -c`: quotes, variables, command
substitution, pipes, lists, redirections. No functions, arithmetic or globs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

OPERATORS = ("&&", "||", ">>", ";", "|", "&", ">", "<", "(", ")", "\n")


class ShellSyntaxError(Exception):
    """The line cannot be parsed."""


@dataclass(frozen=True)
class Operator:
    """`&&`, `|`, `>` and others."""

    text: str


@dataclass(frozen=True)
class Part:
    """A piece of a word."""

    kind: str
    """`text`, `variable` or `command`."""
    text: str
    quoted: bool


Word = tuple[Part, ...]
Token = Operator | Word


def tokens(line: str) -> list[Token]:
    """The words and operators of a line. Raises `ShellSyntaxError`."""
    return list(_Reader(line).tokens())


class _Reader:
    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0

    def tokens(self) -> Iterator[Token]:
        while self._at < len(self._line):
            here = self._line[self._at]
            if here in " \t\r":
                self._at += 1
            elif here == "#":
                self._at = len(self._line) if (end := self._line.find("\n", self._at)) < 0 else end
            elif (descriptor := self._descriptor()) is not None:
                yield descriptor
            elif operator := next((one for one in OPERATORS if self._line.startswith(one, self._at)), ""):
                self._at += len(operator)
                yield Operator(";" if operator == "\n" else operator)
            else:
                yield self._word()

    def _descriptor(self) -> Operator | None:
        """`2>`, `2>&1`, `1>&2`, `>&2`, `&>`: redirections that name a descriptor."""
        for text in ("2>&1", "1>&2", ">&2", "2>>", "2>", "&>", "1>"):
            if self._line.startswith(text, self._at):
                self._at += len(text)
                return Operator({"1>": ">", ">&2": "1>&2", "2>>": "2>"}.get(text, text))
        return None

    def _word(self) -> Word:
        parts: list[Part] = []
        while self._at < len(self._line):
            here = self._line[self._at]
            if here in " \t\r\n" or any(self._line.startswith(one, self._at) for one in OPERATORS):
                break
            if here == "'":
                end = self._find("'", self._at + 1)
                parts.append(Part("text", self._line[self._at + 1 : end], True))
                self._at = end + 1
            elif here == '"':
                self._at += 1
                parts += self._double_quoted()
            elif here == "\\":
                parts.append(Part("text", self._line[self._at + 1 : self._at + 2], True))
                self._at += 2
            elif here in "$`":
                parts.append(self._expansion(quoted=False))
            else:
                parts.append(Part("text", here, False))
                self._at += 1
        return tuple(parts)

    def _double_quoted(self) -> Iterator[Part]:
        yield Part("text", "", True)
        while self._at < len(self._line):
            here = self._line[self._at]
            if here == '"':
                self._at += 1
                return
            if here in "$`":
                yield self._expansion(quoted=True)
            elif here == "\\" and self._line[self._at + 1 : self._at + 2] in ('"', "\\", "$", "`"):
                yield Part("text", self._line[self._at + 1], True)
                self._at += 2
            else:
                yield Part("text", here, True)
                self._at += 1
        raise ShellSyntaxError("Unterminated quoted string")

    def _expansion(self, *, quoted: bool) -> Part:
        line, start = self._line, self._at
        if line[start] == "`":
            end = self._find("`", start + 1)
            self._at = end + 1
            return Part("command", line[start + 1 : end], quoted)
        if line.startswith("$(", start):
            end = self._closing(start + 2)
            self._at = end + 1
            return Part("command", line[start + 2 : end], quoted)
        if line.startswith("${", start):
            end = self._find("}", start + 2)
            self._at = end + 1
            return Part("variable", line[start + 2 : end], quoted)
        end = start + 1
        if line[end : end + 1] in ("?", "$", "#", "0", "1"):
            end += 1
        else:
            while end < len(line) and (line[end].isalnum() or line[end] == "_"):
                end += 1
        self._at = end
        return Part("variable", line[start + 1 : end], quoted) if end > start + 1 else Part("text", "$", quoted)

    def _closing(self, at: int) -> int:
        """Where the parenthesis that was opened before `at` is closed."""
        depth, quote = 1, ""
        while at < len(self._line):
            here = self._line[at]
            if quote:
                quote = "" if here == quote else quote
            elif here in "'\"":
                quote = here
            elif here in "()":
                depth += 1 if here == "(" else -1
                if depth == 0:
                    return at
            at += 1
        raise ShellSyntaxError("syntax error: unterminated $(")

    def _find(self, text: str, at: int) -> int:
        found = self._line.find(text, at)
        if found < 0:
            raise ShellSyntaxError("syntax error: unterminated quoted string")
        return found


async def expand(word: Word, variables: Mapping[str, str], run: Callable[[str], Awaitable[str]]) -> list[str]:
    """The fields of a word: unquoted expansions are split at white space, and dropped where empty."""
    fields: list[str] = []
    open_field: str | None = None
    for part in word:
        if part.kind == "text":
            open_field = (open_field or "") + part.text
            continue
        value = _variable(part.text, variables) if part.kind == "variable" else await run(part.text)
        if part.quoted:
            open_field = (open_field or "") + value
            continue
        pieces = value.split()
        if pieces and open_field is not None:
            pieces[0] = open_field + pieces[0]
            open_field = None
        if pieces:
            fields += pieces[:-1]
            open_field = pieces[-1]
    if open_field is not None:
        fields.append(open_field)
    return fields


def _variable(name: str, variables: Mapping[str, str]) -> str:
    for separator in (":-", "-"):
        if separator in name:
            name, _, otherwise = name.partition(separator)
            return variables.get(name) or otherwise
    if name.startswith("#"):
        return str(len(variables.get(name[1:], "")))
    return variables.get(name, "")
