"""Completion in the shells themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.terminal.program import Program

ROOT = Path(__file__).resolve().parents[2]

BASH = """PS1='$ '
eval "$(stsview completion bash)"
"""
ZSH = """PS1='$ '
autoload -Uz compinit; compinit -u -d $ZDOTDIR/dump
source <(stsview completion zsh)
"""
FISH = """function fish_prompt; echo -n '$ '; end
function fish_greeting; end
stsview completion fish | source
"""

CONTEXTS = ("arn:aws:eks:eu-1:42:cluster/prod", "my lab")


def command(shell: str, folder: Path) -> Sequence[str]:
    """Starts the shell with completion, and nothing of the user's own settings."""
    match shell:
        case "bash":
            (folder / "bashrc").write_text(BASH)
            return "bash", "--noprofile", "--rcfile", str(folder / "bashrc"), "-i"
        case "zsh":
            (folder / ".zshrc").write_text(ZSH)
            return "zsh", "-d", "-i"
    (folder / "fish").mkdir()
    (folder / "fish" / "config.fish").write_text(FISH)
    return "fish", "-i"


def complete(program: Program, typed: str, expected: str) -> None:
    """Type, and press Tab until that is on the screen: on a busy machine the first answer may come too late."""
    program.press(typed)
    program.wait_for(typed)
    press_until(program, "\t", lambda now: expected in now.text, expected)
    # What is typed before the next prompt may lose its first letters, and a shell that still completes keeps the line.
    press_until(program, "\x03", lambda now: [line for line in now.lines if line][-1] == "$", "a new prompt")


def press_until(program: Program, key: str, holds: Callable[[Program], bool], expected: str) -> None:
    until = time.monotonic() + 30
    while not holds(program):
        assert time.monotonic() < until, f"no {expected}\n{program.text}"
        program.press(key)
        try:
            program.wait(holds, expected, limit=3)
        except AssertionError:
            continue


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "stsview"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from stsview.__main__ import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    clusters = [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}]
    contexts = [{"name": name, "context": {"cluster": "c"}} for name in CONTEXTS]
    (tmp_path / "kubeconfig").write_text(json.dumps({"clusters": clusters, "contexts": contexts}))
    (tmp_path / "pictures").mkdir()
    environment = {
        "PATH": f"{script.parent}:/usr/local/bin:/usr/bin:/bin",
        "KUBECONFIG": str(tmp_path / "kubeconfig"),
        **dict.fromkeys(("HOME", "ZDOTDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(tmp_path)),
    }
    subprocess.run([script, "__complete", "explain", ""], env=environment, check=True, capture_output=True)
    with Program(command(shell, tmp_path), environment=environment, cwd=str(tmp_path)) as program:
        program.wait_for("$", limit=60)
        complete(program, "stsview delete-p", "stsview delete-pod")
        complete(program, "stsview check --fail-on=er", "--fail-on=error")
        complete(program, "stsview explain service-na", "service-name-")
        complete(program, "stsview --context=arn:a", f"--context={CONTEXTS[0]}")
        complete(program, "stsview --context my", "my\\ lab")
        complete(program, "stsview --from pic", "--from pictures/")
