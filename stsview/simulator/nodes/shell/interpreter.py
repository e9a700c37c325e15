"""A small POSIX shell: lists, loops, pipes, redirections, built-in commands, and a prompt."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from stsview.simulator.nodes.shell.process import INTERRUPTED, NOT_FOUND, Process, run
from stsview.simulator.nodes.shell.streams import Collected, Discarded, Given, Input, Output, Pipe
from stsview.simulator.nodes.shell.words import Operator, Part, ShellSyntaxError, Token, expand, tokens

_REDIRECTIONS = (">", ">>", "<", "2>", "2>&1", "1>&2", "&>")
_SEPARATORS = ("&&", "||", ";", "&")


class ShellExit(Exception):
    """The shell ends, by `exit` or after `exec`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class _Streams:
    stdin: Input
    stdout: Output
    stderr: Output


class Shell:
    """One shell and its state."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._name = process.argv[0].rpartition("/")[2]
        self._variables = dict(process.variables)
        self._directory = process.directory
        self._status = 0
        self._streams = _Streams(process.stdin, process.stdout, process.stderr)

    async def main(self) -> int:
        """Run as `sh`, `sh -c LINE`, or `sh < script`. Returns the exit code."""
        args = [one for one in self._process.args if one not in ("-l", "-i", "--login")]
        try:
            if args[:1] in (["-c"], ["-lc"], ["-ec"]):
                if len(args) < 2:
                    return await self._process.fail("-c requires an argument", 2)
                return await self._run_line(args[1], self._streams)
            if args:
                return await self._process.fail(f"{args[0]}: No such file or directory", NOT_FOUND)
            if self._process.terminal is not None:
                return await self._converse()
            return await self._run_line((await self._process.read_all()).decode(errors="replace"), self._streams)
        except ShellExit as end:
            return end.code

    async def _converse(self) -> int:
        """Ask for lines until the input ends."""
        terminal = self._process.terminal
        assert terminal is not None  # noqa: S101
        while (line := await terminal.prompt(self._prompt())) is not None:
            running = asyncio.ensure_future(self._run_line(line.decode(errors="replace"), self._streams))
            terminal.on_interrupt = partial(_cancel, running)
            try:
                await asyncio.wait((running,))
            finally:
                terminal.on_interrupt = lambda: None
                running.cancel()
            self._status = INTERRUPTED if running.cancelled() else running.result()
        await terminal.write(b"exit\n" if self._name == "bash" else b"\n")
        return self._status

    def _prompt(self) -> str:
        container = self._process.container
        sign = "#" if container.profile.uid == 0 else "$"
        if self._name != "bash":
            return f"{self._directory} {sign} "
        home = self._variables.get("HOME", "/")
        where = "~" if self._directory == home else self._directory
        return f"{container.profile.user}@{container.hostname}:{where}{sign} "

    async def _run_line(self, line: str, streams: _Streams) -> int:
        try:
            return await self._run_list(tokens(line), streams)
        except ShellSyntaxError as error:
            await streams.stderr.write(f"{self._name}: {error}\n".encode())
            return 2

    async def _run_list(self, line: Sequence[Token], streams: _Streams) -> int:
        """Run pipelines joined by `&&`, `||` and `;`."""
        before = ";"
        for pipeline, after in _divided(line, _SEPARATORS):
            wanted = {"&&": self._status == 0, "||": self._status != 0}.get(before, True)
            if pipeline and wanted:
                self._status = await self._run_pipeline(pipeline, streams)
            before = after
        return self._status

    async def _run_pipeline(self, pipeline: Sequence[Token], streams: _Streams) -> int:
        negated = _text(pipeline[0]) == "!"
        stages = [stage for stage, _ in _divided(pipeline[1:] if negated else pipeline, ("|",))]
        if len(stages) == 1:
            status = await self._run_command(stages[0], streams)
        else:
            status = await self._run_stages(stages, streams)
        return int(status == 0) if negated else status

    async def _run_stages(self, stages: Sequence[Sequence[Token]], streams: _Streams) -> int:
        pipes = [Pipe() for _ in stages[1:]]
        runs = []
        for number, stage in enumerate(stages):
            before = pipes[number - 1] if number else None
            after = pipes[number] if number < len(pipes) else None
            own = replace(streams, stdin=before or streams.stdin, stdout=after or streams.stdout)
            runs.append(asyncio.ensure_future(self._run_stage(stage, own, before, after)))
        try:
            return (await asyncio.gather(*runs))[-1]
        finally:
            for one in runs:
                one.cancel()

    async def _run_stage(
        self, stage: Sequence[Token], streams: _Streams, before: Pipe | None, after: Pipe | None
    ) -> int:
        # Each stage runs in a shell of its own: `cd` or `exit` there changes nothing here.
        shell = Shell(
            replace(self._process, stdin=streams.stdin, variables=dict(self._variables), directory=self._directory)
        )
        shell._name = self._name
        try:
            return await run(lambda _: shell._run_command(stage, streams), self._process)
        except ShellExit as end:
            return end.code
        finally:
            if before is not None:
                before.stop_reading()
            if after is not None:
                await after.close()

    async def _run_command(self, command: Sequence[Token], streams: _Streams) -> int:
        if _is(command[:1], "("):
            return await self._run_group(command, streams)
        if command and _text(command[0]) == "for":
            return await self._run_loop(command, streams)
        words, streams = await self._redirected(command, streams)
        assignments, fields = await self._fields(words)
        if not fields:
            self._variables |= assignments
            return 0
        builtin = _BUILTINS.get(fields[0])
        if builtin is not None:
            return await builtin(self, fields, streams)
        return await self._start(fields, streams, assignments)

    async def _run_group(self, command: Sequence[Token], streams: _Streams) -> int:
        end = next((at for at, token in enumerate(command) if _is([token], ")")), None)
        if end is None:
            raise ShellSyntaxError("syntax error: unexpected end of file")
        _, streams = await self._redirected(command[end + 1 :], streams)
        shell = Shell(replace(self._process, variables=dict(self._variables), directory=self._directory))
        try:
            return await shell._run_list(command[1:end], streams)
        except ShellExit as left:
            return left.code

    async def _run_loop(self, command: Sequence[Token], streams: _Streams) -> int:
        """`for NAME in WORD…; do LIST; done`, with redirections after it."""
        (head, _), *rest = _divided(command[1:], (";",))
        body_from = len(head) + 2
        end = max((at for at, token in enumerate(command) if _text(token) == "done"), default=0)
        complete = [_text(token) for token in (*head[1:2], *command[body_from : body_from + 1])] == ["in", "do"]
        if not rest or not end or not complete:
            raise ShellSyntaxError("syntax error: unexpected end of file")
        words, _ = await self._redirected(head[2:], streams)
        _, streams = await self._redirected(command[end + 1 :], streams)
        for field in (await self._fields(words))[1]:
            self._variables[_text(head[0])] = field
            self._status = await self._run_list(command[body_from + 1 : end], streams)
        return self._status

    async def _start(self, fields: list[str], streams: _Streams, assignments: dict[str, str]) -> int:
        program = self._process.path(fields[0])
        if program is None:
            sign = "command not found" if self._name == "bash" else "not found"
            await streams.stderr.write(f"{self._name}: {fields[0]}: {sign}\n".encode())
            return NOT_FOUND
        process = replace(
            self._process,
            argv=fields,
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
            variables={**self._variables, **assignments},
            directory=self._directory,
            terminal=self._process.terminal if streams.stdin is self._streams.stdin else None,
        )
        return await run(program, process)

    async def _fields(self, words: Sequence[tuple[Part, ...]]) -> tuple[dict[str, str], list[str]]:
        """The assignments before a command, and its expanded words."""
        assignments: dict[str, str] = {}
        fields: list[str] = []
        for word in words:
            variables = {**self._variables, "?": str(self._status), "$": "42", "0": self._name, "#": "0"}
            expanded = await expand(word, variables, self._substitute)
            name, equals, value = "".join(expanded).partition("=")
            if not fields and equals and name.isidentifier() and word[0].kind == "text" and not word[0].quoted:
                assignments[name] = value
            else:
                fields += expanded
        return assignments, fields

    async def _substitute(self, line: str) -> str:
        output = Collected()
        shell = Shell(replace(self._process, variables=dict(self._variables), directory=self._directory))
        shell._name = self._name
        try:
            self._status = await shell._run_line(line, replace(self._streams, stdout=output))
        except ShellExit as end:
            self._status = end.code
        return bytes(output.data).decode(errors="replace").rstrip("\n")

    async def _redirected(self, command: Sequence[Token], streams: _Streams) -> tuple[list[tuple[Part, ...]], _Streams]:
        """The words of a command without its redirections, and the streams with them."""
        words: list[tuple[Part, ...]] = []
        rest = list(command)
        while rest:
            token = rest.pop(0)
            if not isinstance(token, Operator):
                words.append(token)
            elif token.text == "2>&1":
                streams = replace(streams, stderr=streams.stdout)
            elif token.text == "1>&2":
                streams = replace(streams, stdout=streams.stderr)
            elif token.text in _REDIRECTIONS and rest and not isinstance(rest[0], Operator):
                path = "".join(await expand(rest.pop(0), self._variables, self._substitute))  # type: ignore[arg-type]
                streams = self._to_file(token.text, posixpath.join(self._directory, path), streams)
            else:
                raise ShellSyntaxError(f'syntax error: unexpected "{token.text}"')
        return words, streams

    def _to_file(self, operator: str, path: str, streams: _Streams) -> _Streams:
        container = self._process.container
        if operator == "<":
            return replace(streams, stdin=Given(b"" if path == "/dev/null" else container.files().get(path, b"")))
        output: Output = Discarded() if path == "/dev/null" else _File(container.written, path, operator == ">>")
        if operator == "2>":
            return replace(streams, stderr=output)
        return replace(streams, stdout=output, stderr=output if operator == "&>" else streams.stderr)

    async def _cd(self, fields: list[str], streams: _Streams) -> int:
        where = fields[1] if len(fields) > 1 else self._variables.get("HOME", "/")
        path = posixpath.normpath(posixpath.join(self._directory, where))
        if path not in self._process.container.directories():
            await streams.stderr.write(f"{self._name}: cd: can't cd to {where}: No such file or directory\n".encode())
            return 2
        self._directory = path
        return 0

    async def _exit(self, fields: list[str], streams: _Streams) -> int:
        given = fields[1] if len(fields) > 1 else str(self._status)
        if not given.isdigit():
            await streams.stderr.write(f"{self._name}: exit: Illegal number: {given}\n".encode())
            raise ShellExit(2)
        raise ShellExit(int(given) % 256)

    async def _exec(self, fields: list[str], streams: _Streams) -> int:
        if len(fields) < 2:
            return 0
        raise ShellExit(await self._start(fields[1:], streams, {}))

    async def _export(self, fields: list[str], streams: _Streams) -> int:
        for field in fields[1:]:
            name, equals, value = field.partition("=")
            if equals:
                self._variables[name] = value
        return 0

    async def _unset(self, fields: list[str], streams: _Streams) -> int:
        for name in fields[1:]:
            self._variables.pop(name, None)
        return 0

    async def _command(self, fields: list[str], streams: _Streams) -> int:
        names = fields[1:]
        if names[:1] not in (["-v"], ["-V"]):
            return await self._start(names, streams, {}) if names else 0
        return await self._find(names[1:], streams)

    async def _type(self, fields: list[str], streams: _Streams) -> int:
        return await self._find(fields[1:], streams)

    async def _find(self, names: list[str], streams: _Streams) -> int:
        for name in names:
            if name in _BUILTINS:
                await streams.stdout.write(f"{name}\n".encode())
            elif self._process.path(name) is not None:
                await streams.stdout.write((name if "/" in name else f"/bin/{name}").encode() + b"\n")
            else:
                return NOT_FOUND
        return 0

    async def _nothing(self, fields: list[str], streams: _Streams) -> int:
        return 0


class _File:
    """Output into a file of the container."""

    def __init__(self, files: dict[str, bytes], path: str, append: bool) -> None:
        self._files = files
        self._path = path
        if not append or path not in files:
            files[path] = b""

    async def write(self, data: bytes) -> None:
        self._files[self._path] += data


_BUILTINS: dict[str, Callable[[Shell, list[str], _Streams], Awaitable[int]]] = {
    "cd": Shell._cd,
    "exit": Shell._exit,
    "logout": Shell._exit,
    "exec": Shell._exec,
    "export": Shell._export,
    "unset": Shell._unset,
    "command": Shell._command,
    "type": Shell._type,
    "set": Shell._nothing,
    "trap": Shell._nothing,
    ":": Shell._nothing,
}


def _cancel(running: asyncio.Future[int]) -> None:
    running.cancel()


def _divided(line: Sequence[Token], at: tuple[str, ...]) -> list[tuple[list[Token], str]]:
    """The parts of a line between operators, each with the operator after it; not inside parentheses and loops."""
    parts: list[tuple[list[Token], str]] = []
    part: list[Token] = []
    depth = 0
    starts = True
    for token in line:
        text = token.text if isinstance(token, Operator) else ""
        word = _text(token) if starts else ""
        depth += (text == "(" or word == "for") - (text == ")" or word == "done")
        if text in at and text and depth == 0:
            parts.append((part, text))
            part = []
        else:
            part.append(token)
        starts = text in (*_SEPARATORS, "|", "(") or word == "do"
    parts.append((part, ";"))
    return parts


def _is(line: Sequence[Token], operator: str) -> bool:
    return bool(line) and isinstance(line[0], Operator) and line[0].text == operator


def _text(token: Token) -> str:
    """An unquoted word without expansions."""
    if isinstance(token, Operator):
        return ""
    return "".join(part.text for part in token) if all(part.kind == "text" for part in token) else ""


async def shell(process: Process) -> int:
    """The program `sh`, whatever its name."""
    return await Shell(process).main()
