"""Arguments of `stsview completion`."""

from __future__ import annotations

from stsview.cli.arguments.value_types import Subparsers

SHELLS = ("bash", "zsh", "fish")


def add_completion(commands: Subparsers) -> None:
    """Add the command that prints a script for a shell."""
    completion = commands.add_parser(
        "completion",
        help="print the script that completes commands in a shell",
        description="Prints a script that completes commands, options, contexts, and names of the cluster. For bash, "
        'add to ~/.bashrc: eval "$(stsview completion bash)". For zsh, add to ~/.zshrc, after compinit: '
        "source <(stsview completion zsh). For fish: stsview completion fish > "
        "~/.config/fish/completions/stsview.fish. kubectl stsview is completed by the completion of kubectl.",
        allow_abbrev=False,
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    completion.set_defaults(command="completion", module="local.completion")
