"""Programs that read files and streams."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import AsyncIterator

from stsview.simulator.nodes.shell.container import Container, Mount
from stsview.simulator.nodes.shell.process import Process, Program

_BLOCK = 64 * 1024
_UNITS = ("", "K", "M", "G", "T")


async def ls(process: Process) -> int:
    options = "".join(one for one in process.args if one.startswith("-"))
    paths = [one for one in process.args if not one.startswith("-")] or ["."]
    status = 0
    for path in paths:
        full = _full(process, path)
        names = listed(process.container, full)
        if full in process.container.files():
            names = [posixpath.basename(full)]
        elif names is None:
            status = await process.fail(f"{path}: No such file or directory")
            continue
        shown = [name for name in names if "a" in options or not name.startswith(".")]
        if "l" in options:
            lines = [_long(process, full, name) for name in shown]
            await process.say(f"total {4 * len(lines)}", *lines)
        elif process.terminal is not None and "1" not in options:
            await process.say(*_in_columns(shown, process.terminal.size[0]))
        else:
            await process.say(*shown)
    return status


def listed(container: Container, folder: str) -> list[str] | None:
    """The names in a folder, sorted; None where there is no such folder."""
    folders = container.directories()
    if folder not in folders:
        return None
    prefix = folder.rstrip("/") + "/"
    below = [path.removeprefix(prefix) for path in [*container.files(), *folders] if path.startswith(prefix)]
    return sorted({path.partition("/")[0] for path in below} - {""})


async def cat(process: Process) -> int:
    status = 0
    for path in [one for one in process.args if one != "-u"] or ["-"]:
        async for chunk in _chunks(process, path):
            if chunk is None:
                status = await process.fail(f"{path}: No such file or directory")
            else:
                await process.stdout.write(chunk)
    return status


async def head(process: Process) -> int:
    return await _part(process, first=True)


async def tail(process: Process) -> int:
    return await _part(process, first=False)


async def _part(process: Process, *, first: bool) -> int:
    args, count, unit = list(process.args), 10, "n"
    while args and args[0].startswith("-"):
        option = args.pop(0)
        if option[1:2] in ("n", "c"):
            unit = option[1]
            option = option[2:] or (args.pop(0) if args else "")
        else:
            option = option[1:]
        if not option.isdigit():
            return await process.fail(f"invalid number '{option}'")
        count = int(option)
    for path in args or ["-"]:
        data = bytearray()
        async for chunk in _chunks(process, path):
            if chunk is None:
                return await process.fail(f"{path}: No such file or directory")
            data += chunk
            if first and (len(data) >= count if unit == "c" else data.count(b"\n") >= count):
                break
        pieces = data.splitlines(keepends=True) if unit == "n" else data
        kept = pieces[:count] if first else pieces[max(0, len(pieces) - count) :]
        await process.stdout.write(bytes(kept) if isinstance(kept, bytearray) else b"".join(kept))
    return 0


async def wc(process: Process) -> int:
    options = "".join(one[1:] for one in process.args if one.startswith("-")) or "lwc"
    for path in [one for one in process.args if not one.startswith("-")] or ["-"]:
        data = await _content(process, path)
        if data is None:
            return await process.fail(f"{path}: No such file or directory")
        counts = {"l": data.count(b"\n"), "w": len(data.split()), "c": len(data)}
        numbers = " ".join(str(counts[one]) for one in "lwc" if one in options)
        await process.say(numbers if path == "-" else f"{numbers} {path}")
    return 0


async def digest(process: Process) -> int:
    """`md5sum` and `sha256sum`."""
    made = hashlib.md5(usedforsecurity=False) if "md5" in process.argv[0] else hashlib.sha256()
    path = process.args[0] if process.args else "-"
    async for chunk in _chunks(process, path):
        if chunk is None:
            return await process.fail(f"{path}: No such file or directory")
        made.update(chunk)
    return await process.say(f"{made.hexdigest()}  {path}")


async def grep(process: Process) -> int:
    options = "".join(one[1:] for one in process.args if one.startswith("-"))
    words = [one for one in process.args if not one.startswith("-")]
    if not words:
        return await process.fail("usage: grep [-icvq] PATTERN [FILE]...", 2)
    wanted = words[0].lower() if "i" in options else words[0]
    found = []
    for path in words[1:] or ["-"]:
        data = await _content(process, path)
        if data is None:
            return await process.fail(f"{path}: No such file or directory", 2)
        lines = data.decode(errors="replace").splitlines()
        matches = ((wanted in (line.lower() if "i" in options else line)) != ("v" in options) for line in lines)
        found += [line for line, match in zip(lines, matches, strict=True) if match]
    if "c" in options:
        await process.say(str(len(found)))
    elif "q" not in options:
        await process.say(*found)
    return 0 if found else 1


async def sort(process: Process) -> int:
    path = next((one for one in process.args if not one.startswith("-")), "-")
    data = await _content(process, path)
    if data is None:
        return await process.fail(f"{path}: No such file or directory", 2)
    return await process.say(*sorted(data.decode(errors="replace").splitlines()))


async def df(process: Process) -> int:
    human = any("h" in one for one in process.args if one.startswith("-"))
    inodes = any("i" in one for one in process.args if one.startswith("-"))
    disk = 96 * 1024**3
    mounts = [
        Mount("/", "overlay", disk, disk * 37 // 100),
        Mount("/dev", "tmpfs", 64 * 1024**2, 0),
        Mount("/etc/hosts", "/dev/nvme0n1p1", disk, disk * 37 // 100),
        *process.container.mounts,
    ]
    wanted = [one for one in process.args if not one.startswith("-")]
    if wanted:
        full = _full(process, wanted[0])
        mounts = sorted((one for one in mounts if full.startswith(one.path)), key=lambda one: len(one.path))[-1:]
    sizes = ("Size" if human else "1K-blocks", "Used", "Available", "Use%")
    title = ("Inodes", "IUsed", "IFree", "IUse%") if inodes else sizes
    rows = [_df_row(one, human=human, inodes=inodes) for one in mounts]
    lines = [f"{name:<20}{a:>10}{b:>10}{c:>10}{d:>6} {path}" for name, (a, b, c, d), path in rows]
    return await process.say(
        f"{'Filesystem':<20}{title[0]:>10}{title[1]:>10}{title[2]:>10}{title[3]:>6} Mounted on", *lines
    )


def _df_row(mount: Mount, *, human: bool, inodes: bool) -> tuple[str, tuple[str, str, str, str], str]:
    size, used = (mount.size // 16384, mount.used // 262144) if inodes else (mount.size, mount.used)
    percent = f"{-(-100 * used // size) if size else 0}%"
    if inodes:
        return mount.device, (str(size), str(used), str(size - used), percent), mount.path
    shown = [_human(one) if human else str(one // 1024) for one in (size, used, size - used)]
    return mount.device, (shown[0], shown[1], shown[2], percent), mount.path


async def du(process: Process) -> int:
    path = next((one for one in process.args if not one.startswith("-")), ".")
    full = _full(process, path)
    used = sum(one.used for one in process.container.mounts if one.path.startswith(full) or full == one.path)
    used = used or sum(len(data) for name, data in process.container.files().items() if name.startswith(full))
    human = any("h" in one for one in process.args if one.startswith("-"))
    return await process.say(f"{_human(used) if human else used // 1024}\t{path}")


async def touch(process: Process) -> int:
    for path in process.args:
        process.container.written.setdefault(_full(process, path), b"")
    return 0


async def rm(process: Process) -> int:
    for path in [one for one in process.args if not one.startswith("-")]:
        if process.container.written.pop(_full(process, path), None) is None and "-f" not in process.args:
            return await process.fail(f"can't remove '{path}': No such file or directory")
    return 0


async def pwd(process: Process) -> int:
    return await process.say(process.directory)


async def test(process: Process) -> int:
    """`test` and `[`: files, strings and numbers."""
    args = process.args
    if process.argv[0] == "[":
        if args[-1:] != ["]"]:
            return await process.fail("missing ]", 2)
        args = args[:-1]
    if args[:1] == ["!"]:
        return int(not _holds(process, args[1:]))
    return int(not _holds(process, args))


def _holds(process: Process, args: list[str]) -> bool:
    container = process.container
    match args:
        case ["-n", text]:
            return bool(text)
        case ["-z", text]:
            return not text
        case ["-d", path]:
            return _full(process, path) in container.directories()
        case ["-e" | "-f" | "-r" | "-s" | "-w", path]:
            full = _full(process, path)
            return full in container.files() or (args[0] == "-e" and full in container.directories())
        case ["-x", path]:
            return process.path(path) is not None
        case ["-t", _]:
            return process.terminal is not None
        case [left, "=" | "==", right]:
            return left == right
        case [left, "!=", right]:
            return left != right
        case [left, operator, right] if left.lstrip("-").isdigit() and right.lstrip("-").isdigit():
            a, b = int(left), int(right)
            return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}.get(
                operator, False
            )
        case [text]:
            return bool(text)
    return False


def _full(process: Process, path: str) -> str:
    return posixpath.normpath(posixpath.join(process.directory, path))


async def _content(process: Process, path: str) -> bytes | None:
    """A file, or standard input for `-`; None where it is missing."""
    data = bytearray()
    async for chunk in _chunks(process, path):
        if chunk is None:
            return None
        data += chunk
    return bytes(data)


async def _chunks(process: Process, path: str) -> AsyncIterator[bytes | None]:
    """A file in chunks, or standard input for `-`; None where it is missing."""
    full = _full(process, path)
    if path == "-":
        while chunk := await process.stdin.read():
            yield chunk
    elif full in ("/dev/zero", "/dev/urandom"):
        while True:
            yield bytes(_BLOCK) if full == "/dev/zero" else os.urandom(_BLOCK)
    elif full != "/dev/null":
        yield process.container.files().get(full)


def _long(process: Process, folder: str, name: str) -> str:
    path = posixpath.join(folder, name)
    data = process.container.files().get(path if folder != path else folder)
    kind = "-rw-r--r--" if data is not None else "drwxr-xr-x"
    owner = process.container.profile.user
    written = process.container.clock.now()
    return f"{kind}    1 {owner:<8} {owner:<8} {len(data or b'') or 4096:>8} {written:%b %d %H:%M} {name}"


def _in_columns(names: list[str], width: int) -> list[str]:
    """Names side by side, as `ls` lists them on a terminal."""
    if not names:
        return []
    column = max(map(len, names)) + 2
    across = max(1, width // column)
    rows = -(-len(names) // across)
    return ["".join(f"{name:<{column}}" for name in names[row::rows]).rstrip() for row in range(rows)]


def _human(size: int) -> str:
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f}{_UNITS[unit]}" if unit and value < 10 else f"{value:.0f}{_UNITS[unit]}"


FILES: dict[str, Program] = {
    "ls": ls,
    "cat": cat,
    "head": head,
    "tail": tail,
    "wc": wc,
    "md5sum": digest,
    "sha256sum": digest,
    "grep": grep,
    "sort": sort,
    "df": df,
    "du": du,
    "touch": touch,
    "rm": rm,
    "pwd": pwd,
    "test": test,
    "[": test,
}
