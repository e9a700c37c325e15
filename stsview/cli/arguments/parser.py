"""What can be said on the command line. Imports nothing but argparse: `--help` is to be instant."""

from __future__ import annotations

import argparse

from stsview import __version__
from stsview.cli.arguments.change_arguments import add_actions
from stsview.cli.arguments.cluster_arguments import add_cluster, add_log
from stsview.cli.arguments.rollout_arguments import add_moves
from stsview.cli.arguments.value_types import Commands, Parser, count, duration, port, speed

THEMES = ("dark", "light", "high-contrast", "colour-blind")
"""Theme names, repeated from `stsview.ui.kit.look.themes` so that `--help` does not import Textual; a test compares."""


LEVELS = ("notice", "warning", "error")
"""Words of `stsview.model.finding.Level`."""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = Parser(
        prog="stsview",
        description="An interactive dashboard for Kubernetes StatefulSets: which ordinal is where in its life, what "
        "holds it, and what is safe to do.",
        epilog="Without a command, opens the dashboard on the cluster of the current kubeconfig context.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"stsview {__version__}")
    add_cluster(top)
    _screen(top, default=None)
    top.set_defaults(command="dashboard", module="")

    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    demo = commands.add_parser(
        "demo",
        help="open the dashboard on a simulated cluster",
        description="A cluster in a box: a simulated API server on the loopback interface with controllers behind it.",
        allow_abbrev=False,
    )
    _screen(demo, default=argparse.SUPPRESS)
    add_log(demo, default=argparse.SUPPRESS)
    demo.add_argument("--scenario", metavar="NAME", default="tour", help="which story to tell (default: tour)")
    demo.add_argument("--list", action="store_true", help="list the scenarios, a line each")
    demo.add_argument(
        "--serve", action="store_true", help="run the cluster without the dashboard until interrupted, for kubectl"
    )
    demo.add_argument("--port", type=port, default=0, metavar="N", help="with --serve: the port (default: a free one)")
    demo.add_argument(
        "--kubeconfig",
        metavar="PATH",
        dest="kubeconfig_out",
        help="with --serve: where to write the kubeconfig (default: a temporary file)",
    )
    demo.add_argument(
        "--speed", type=speed, default=1.0, metavar="X", help="how much faster than real time it runs (default: 1)"
    )
    demo.add_argument("--seed", type=int, default=0, metavar="N", help="seed of everything that is left to chance")
    demo.add_argument("--sets", type=count, metavar="N", help="for the scenario fleet: how many sets")
    demo.add_argument("--replicas", type=count, metavar="M", help="for the scenario fleet: replicas of each set")
    demo.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    demo.set_defaults(command="demo")
    _check(commands)
    _explain(commands)
    _status(commands)
    _rollout(commands)
    _history(commands)
    add_actions(commands)
    add_moves(commands)
    _audit(commands)
    return top


def _check(commands: Commands) -> None:
    check = commands.add_parser(
        "check",
        help="say what is wrong, for scripts",
        description="Looks at StatefulSets with the rules of the dashboard. Exit code 0: nothing at or above "
        "--fail-on; 1: findings; 2: could not look.",
        allow_abbrev=False,
    )
    check.add_argument("sets", nargs="*", metavar="SET", help="names, or namespace/name (default: all of them)")
    add_cluster(check, default=argparse.SUPPRESS)
    check.add_argument(
        "-l", "--selector", metavar="SELECTOR", help="only sets with these labels, as in app=db,tier!=test"
    )
    check.add_argument("--min-severity", choices=LEVELS, default="notice", help="print no less than this")
    check.add_argument(
        "--fail-on", choices=LEVELS, default="warning", help="exit code 1 from this on (default: warning)"
    )
    check.add_argument(
        "--settle",
        type=duration,
        default=15.0,
        metavar="D",
        help="look again after this long where that tells more: 15s, 1m, 0 (default: 15s)",
    )
    check.add_argument("-o", "--output", choices=("text", "json", "junit"), default="text", help="(default: text)")
    check.set_defaults(command="check")


def _explain(commands: Commands) -> None:
    explain = commands.add_parser(
        "explain",
        help="say what a rule means",
        description="The catalogue of rules; with the id of one, what it means and what to do.",
        allow_abbrev=False,
    )
    explain.add_argument("rule", nargs="?", metavar="RULE", help="id of a rule (default: a line for each)")
    explain.set_defaults(command="explain")


def _status(commands: Commands) -> None:
    status = commands.add_parser(
        "status",
        help="show one set as its screen does",
        description="One StatefulSet with its ordinals, rollout and findings. Exit code 2: could not look.",
        allow_abbrev=False,
    )
    status.add_argument("set", metavar="SET", help="name, or namespace/name")
    add_cluster(status, default=argparse.SUPPRESS)
    status.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    status.set_defaults(command="status")


def _rollout(commands: Commands) -> None:
    rollout = commands.add_parser(
        "rollout",
        help="follow a rollout to its end",
        description="Follows one StatefulSet until every pod runs what its template says, and tells what it waits for "
        "whenever that changes. Exit code 0: done, or as far as its partition lets it; 1: stuck, left to be done by "
        "hand, or the set is gone; 2: could not look; 3: timed out.",
        allow_abbrev=False,
    )
    rollout.add_argument("set", metavar="SET", help="name, or namespace/name")
    rollout.add_argument(
        "--timeout",
        type=duration,
        metavar="D",
        help="how long to wait for the end: 90s, 20m; 0 looks once (default: as long as it goes on)",
    )
    rollout.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    add_cluster(rollout, default=argparse.SUPPRESS)
    rollout.set_defaults(command="rollout")


def _history(commands: Commands) -> None:
    history = commands.add_parser(
        "history",
        help="show the revisions of a set, and what differs",
        description="The revisions of one StatefulSet: when and by whom each was made, and which pods run it. Exit "
        "code 2: could not look.",
        allow_abbrev=False,
    )
    history.add_argument("set", metavar="SET", help="name, or namespace/name")
    history.add_argument(
        "--diff",
        nargs=2,
        metavar=("A", "B"),
        help="what differs between the templates of two of them, each by its number, name, hash, or as current or "
        "update",
    )
    history.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    add_cluster(history, default=argparse.SUPPRESS)
    history.set_defaults(command="history")


def _audit(commands: Commands) -> None:
    audit = commands.add_parser(
        "audit",
        help="show what was changed from here",
        description="The written record of what stsview changed, or was refused to, from this account on this machine; "
        "the oldest first.",
        allow_abbrev=False,
    )
    audit.add_argument("--since", type=duration, metavar="D", help="no older than this: 30m, 12h, 7d")
    audit.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    audit.set_defaults(command="audit")


def _screen(parser: argparse.ArgumentParser, default: str | None) -> None:
    """`default` is SUPPRESS in a subcommand, whose defaults would otherwise undo what was said before its name."""
    parser.add_argument("--theme", choices=THEMES, default=default, help="colours of the dashboard (default: dark)")
    parser.add_argument(
        "--read-only", action="store_true", default=default or False, help="refuse to change anything in the cluster"
    )
