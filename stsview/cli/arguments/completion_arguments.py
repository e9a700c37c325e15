"""Arguments of `stsview completion`."""

from __future__ import annotations

from stsview.cli.arguments.value_types import Subparsers

SHELLS = ("bash", "zsh", "fish")


def add_completion(commands: Subparsers) -> None:
    """Add the command that prints a script for a shell."""
    completion = commands.add_parser(
        "completion",
        help="print the script that completes commands in a shell",
        description="Prints a script that completes commands, options, contexts, and names of the cluster: bash: "
        "source <(stsview completion bash) in ~/.bashrc; zsh: source <(stsview completion zsh) in ~/.zshrc, behind "
        "compinit; fish: stsview completion fish > ~/.config/fish/completions/stsview.fish. kubectl completes kubectl "
        "stsview by itself, as kubectl_complete-stsview is installed too.",
        allow_abbrev=False,
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    completion.set_defaults(command="completion", module="local.completion")
