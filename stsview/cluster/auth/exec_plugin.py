"""One run of an exec plugin, from its entry to credentials or a one-line error."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import signal
from pathlib import Path

from stsview.cluster.auth.exec_credential import IssuedCredentials, UnusableOutput, exec_info, parse_output
from stsview.cluster.auth.exec_process import STDOUT_BYTES, ProcessOutput, run_process
from stsview.cluster.auth.redaction import redacted_line, sensitive_values
from stsview.cluster.config import ClusterConfig, ExecPlugin
from stsview.cluster.errors import printable_line

INFO = "KUBERNETES_EXEC_INFO"

_PIECES = re.compile(r"[^\s\"',:{}\[\]=]{6,}")


class PluginFailed(Exception):
    """The plugin returned no credentials; the message is one line without secrets."""


def plugin_name(plugin: ExecPlugin, config: ClusterConfig) -> str:
    """The plugin as messages name it."""
    return (
        f"the exec plugin {printable_line(Path(plugin.command).name, 60)} of user {printable_line(config.user, 100)!r}"
    )


async def run_exec_plugin(plugin: ExecPlugin, config: ClusterConfig, seconds: float) -> IssuedCredentials:
    """Run the plugin once, for at most `seconds` of real time. Raises `PluginFailed`."""
    who = plugin_name(plugin, config)
    # As in kubectl, a bare name is looked up in our own PATH, not in that of the entry.
    path = shutil.which(plugin.command)
    if path is None:
        hint = f"; {plugin.install_hint}" if plugin.install_hint else "; install it, or correct the path"
        raise PluginFailed(f"{who} is not installed or not executable{hint}")
    command = (path, *plugin.args)
    try:
        env = {**os.environ, **dict(plugin.env), INFO: await asyncio.to_thread(exec_info, plugin, config)}
        output = await run_process(command, env, seconds)
    except (OSError, ValueError) as error:
        raise PluginFailed(
            f"{who} cannot be started: {printable_line(getattr(error, 'strerror', '') or 'error', 100)}"
        ) from None
    line = _quotable(output, command, env)
    detail = f": {line}" if line else ""
    if output.code is None:
        raise PluginFailed(
            f"{who} did not finish within {seconds:g} s{detail}; log in with it in a shell, so that it does not prompt"
        )
    if output.code != 0:
        raise PluginFailed(f"{who} failed ({_ending(output.code)}){detail or '; run it in a shell to see why'}")
    if output.overflow:
        raise PluginFailed(f"{who} printed more than {STDOUT_BYTES} bytes, which cannot be an ExecCredential")
    try:
        return await asyncio.to_thread(parse_output, output.stdout, plugin)
    except UnusableOutput as error:
        reason = str(error)
    raise PluginFailed(f"{who} {reason}{detail}")


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _quotable(output: ProcessOutput, command: tuple[str, ...], env: dict[str, str]) -> str:
    """The last line of its stderr, without secrets it was given or has printed."""
    secrets = sensitive_values(env.items())
    options = [*itertools.pairwise(command), *(tuple(part.split("=", 1)) for part in command[1:])]
    secrets += sensitive_values((pair[0], pair[1]) for pair in options if len(pair) == 2)
    printed = output.stdout[:65536].decode("utf-8", errors="replace")
    # Nothing on stdout is for people; what looks like words may be repeated, though.
    secrets += [piece for piece in _PIECES.findall(printed)[:500] if len(piece) >= 12 or re.search(r"\d", piece)]
    return redacted_line(output.stderr.decode("utf-8", errors="replace"), secrets)
