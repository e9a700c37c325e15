"""Programs about the system, its processes and the terminal."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from stsview.simulator.apiserver.wire import instant
from stsview.simulator.nodes.shell.process import Process, Program

_BLOCK = 32 * 1024


async def env(process: Process) -> int:
    args = list(process.args)
    while args and "=" in args[0]:
        name, _, value = args.pop(0).partition("=")
        process.variables[name] = value
    if args:
        return await process.start(args)
    return await process.say(*(f"{name}={value}" for name, value in process.variables.items()))


async def printenv(process: Process) -> int:
    if not process.args:
        return await env(process)
    found = [process.variables[name] for name in process.args if name in process.variables]
    await process.say(*found)
    return 0 if len(found) == len(process.args) else 1


async def hostname(process: Process) -> int:
    container = process.container
    if "-f" in process.args:
        return await process.say(container.fqdn)
    if "-i" in process.args or "-I" in process.args:
        return await process.say(container.address)
    return await process.say(container.hostname)


async def id_(process: Process) -> int:
    profile = process.container.profile
    if "-u" in process.args:
        return await process.say(str(profile.uid))
    if "-un" in process.args:
        return await process.say(profile.user)
    group = "root" if profile.uid == 0 else profile.user
    return await process.say(
        f"uid={profile.uid}({profile.user}) gid={profile.uid}({group}) groups={profile.uid}({group})"
    )


async def whoami(process: Process) -> int:
    return await process.say(process.container.profile.user)


async def ps(process: Process) -> int:
    user = process.container.profile.user
    spent = _uptime(process) / 400
    rows = [(1, spent, process.container.main)]
    if process.terminal is not None:
        rows.append((42, timedelta(), "sh"))
    rows.append((57, timedelta(), " ".join(process.argv)))
    lines = [f"{pid:>5} {user:<8} {_minutes(time):>6} {command}" for pid, time, command in rows]
    return await process.say(f"{'PID':>5} {'USER':<8} {'TIME':>6} COMMAND", *lines)


async def date(process: Process) -> int:
    now = process.container.clock.now()
    for one in process.args:
        if one.startswith("+"):
            return await process.say(now.strftime(one[1:].replace("%s", str(int(now.timestamp())))))
        if one in ("-I", "-Iseconds"):
            return await process.say(now.strftime("%Y-%m-%d" if one == "-I" else "%Y-%m-%dT%H:%M:%S+00:00"))
    return await process.say(now.strftime("%a %b %e %H:%M:%S UTC %Y"))


async def echo(process: Process) -> int:
    args = list(process.args)
    options = ""
    while args and args[0] in ("-n", "-e", "-ne", "-en"):
        options += args.pop(0)[1:]
    text = " ".join(args)
    if "e" in options:
        text = _unescaped(text)
    await process.stdout.write(text.encode() + (b"" if "n" in options else b"\n"))
    return 0


async def printf(process: Process) -> int:
    if not process.args:
        return await process.fail("usage: printf FORMAT [ARG]...", 2)
    text = _unescaped(process.args[0])
    for value in process.args[1:]:
        for directive in ("%s", "%d"):
            if directive in text:
                text = text.replace(directive, value, 1)
                break
    await process.stdout.write(text.replace("%s", "").replace("%%", "%").encode())
    return 0


async def sleep(process: Process) -> int:
    seconds = 0.0
    for one in process.args or [""]:
        number, unit = (one[:-1], one[-1:]) if one[-1:] in "smhd" and one else (one, "s")
        try:
            seconds += float(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
        except ValueError:
            return await process.fail(f"invalid time interval '{one}'")
    await process.container.clock.sleep(seconds)
    return 0


async def true(process: Process) -> int:
    return 0


async def false(process: Process) -> int:
    return 1


async def uname(process: Process) -> int:
    if "-a" in process.args:
        host = process.container.hostname
        return await process.say(f"Linux {host} 6.1.112-124.190.amzn2023.x86_64 #1 SMP x86_64 GNU/Linux")
    return await process.say(
        {"-r": "6.1.112-124.190.amzn2023.x86_64", "-m": "x86_64"}.get("".join(process.args), "Linux")
    )


async def uptime(process: Process) -> int:
    up = _uptime(process)
    hours, minutes = up.seconds // 3600, up.seconds // 60 % 60
    now = process.container.clock.now()
    return await process.say(
        f" {now:%H:%M:%S} up {up.days} days, {hours:>2}:{minutes:02},  0 users,  load average: 0.42, 0.38, 0.35"
    )


async def stty(process: Process) -> int:
    if process.terminal is None:
        return await process.fail("standard input: Inappropriate ioctl for device")
    columns, rows = process.terminal.size
    if process.args[:1] == ["size"]:
        return await process.say(f"{rows} {columns}")
    return await process.say(f"speed 38400 baud; rows {rows}; columns {columns}; line = 0;")


async def clear(process: Process) -> int:
    await process.stdout.write(b"\x1b[H\x1b[2J")
    return 0


async def seq(process: Process) -> int:
    if not process.args or not all(one.lstrip("-").isdigit() for one in process.args):
        return await process.fail("usage: seq [FIRST [STEP]] LAST")
    numbers = [int(one) for one in process.args]
    first, step, last = (1, 1, *numbers)[-3:] if len(numbers) == 1 else (numbers[0], 1, numbers[-1])
    if len(numbers) > 2:
        step = numbers[1] or 1
    block = bytearray()
    for number in range(first, last + (1 if step > 0 else -1), step):
        block += b"%d\n" % number
        if len(block) > _BLOCK:
            await process.stdout.write(bytes(block))
            block.clear()
            await asyncio.sleep(0)
    await process.stdout.write(bytes(block))
    return 0


async def yes(process: Process) -> int:
    line = (" ".join(process.args) or "y").encode() + b"\n"
    while True:
        await process.stdout.write(line * (_BLOCK // len(line) or 1))
        await asyncio.sleep(0)


async def kill(process: Process) -> int:
    if "1" in process.args:
        return await process.fail("can't kill pid 1: Operation not permitted")
    return await process.fail("no such process")


async def free(process: Process) -> int:
    return await process.say(
        "              total        used        free      shared  buff/cache   available",
        "Mem:       32779188    11402152     4211036        2104    17166000    20937408",
        "Swap:             0           0           0",
    )


def _uptime(process: Process) -> timedelta:
    """Since the start of the container."""
    name = process.container.spec["name"]
    for status in (process.container.pod.get("status") or {}).get("containerStatuses") or ():
        running = (status.get("state") or {}).get("running")
        if status["name"] == name and running:
            return process.container.clock.now() - instant(running["startedAt"])
    return timedelta()


def _minutes(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02}" if seconds < 6000 else f"{seconds // 3600}h{seconds // 60 % 60:02}"


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\033", "\x1b").replace("\\e", "\x1b")


SYSTEM: dict[str, Program] = {
    "env": env,
    "printenv": printenv,
    "hostname": hostname,
    "id": id_,
    "whoami": whoami,
    "ps": ps,
    "date": date,
    "echo": echo,
    "printf": printf,
    "sleep": sleep,
    "true": true,
    "false": false,
    "uname": uname,
    "uptime": uptime,
    "stty": stty,
    "clear": clear,
    "seq": seq,
    "yes": yes,
    "kill": kill,
    "free": free,
}
