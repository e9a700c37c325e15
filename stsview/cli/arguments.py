"""What can be said on the command line. Imports nothing but argparse: `--help` is to be instant."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from stsview import __version__

THEMES = ("dark", "light", "high-contrast", "colour-blind")
"""Names of the themes of `stsview.ui.themes`, repeated so that `--help` need not import Textual; a test compares."""


class Parser(argparse.ArgumentParser):
    """argparse with errors of one line: what is wrong, and where to look. Its exit code for them is 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"stsview: {message} (see: {self.prog} --help)\n")


LEVELS = ("notice", "warning", "error")
"""Words of `stsview.model.finding.Level`."""

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


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
    _cluster(top)
    _screen(top, default=None)
    top.set_defaults(command="dashboard")

    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    demo = commands.add_parser(
        "demo",
        help="open the dashboard on a simulated cluster",
        description="A cluster in a box: a simulated API server on the loopback interface with controllers behind it.",
        allow_abbrev=False,
    )
    _screen(demo, default=argparse.SUPPRESS)
    demo.add_argument("--scenario", metavar="NAME", default="tour", help="which story to tell (default: tour)")
    demo.add_argument("--list", action="store_true", help="list the scenarios, a line each")
    demo.add_argument(
        "--serve", action="store_true", help="run the cluster without the dashboard until interrupted, for kubectl"
    )
    demo.add_argument("--port", type=_port, default=0, metavar="N", help="with --serve: the port (default: a free one)")
    demo.add_argument(
        "--kubeconfig",
        metavar="PATH",
        dest="kubeconfig_out",
        help="with --serve: where to write the kubeconfig (default: a temporary file)",
    )
    demo.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X", help="how much faster than real time it runs (default: 1)"
    )
    demo.add_argument("--seed", type=int, default=0, metavar="N", help="seed of everything that is left to chance")
    demo.add_argument("--sets", type=_count, metavar="N", help="for the scenario fleet: how many sets")
    demo.add_argument("--replicas", type=_count, metavar="M", help="for the scenario fleet: replicas of each set")
    demo.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    demo.set_defaults(command="demo")
    _check(commands)
    _explain(commands)
    _status(commands)
    _rollout(commands)
    _history(commands)
    _scale(commands)
    _delete_pod(commands)
    _force_delete(commands)
    _nudge(commands)
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
    _cluster(check, default=argparse.SUPPRESS)
    check.add_argument(
        "-l", "--selector", metavar="SELECTOR", help="only sets with these labels, as in app=db,tier!=test"
    )
    check.add_argument("--min-severity", choices=LEVELS, default="notice", help="print no less than this")
    check.add_argument(
        "--fail-on", choices=LEVELS, default="warning", help="exit code 1 from this on (default: warning)"
    )
    check.add_argument(
        "--settle",
        type=_duration,
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
    _cluster(status, default=argparse.SUPPRESS)
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
        type=_duration,
        metavar="D",
        help="how long to wait for the end: 90s, 20m; 0 looks once (default: as long as it goes on)",
    )
    rollout.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    _cluster(rollout, default=argparse.SUPPRESS)
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
    _cluster(history, default=argparse.SUPPRESS)
    history.set_defaults(command="history")


def _scale(commands: Commands) -> None:
    scale = _action(commands, "scale", "SET", "set how many members a set has", "Scales one StatefulSet.")
    scale.add_argument("--replicas", type=_replicas, required=True, metavar="N", help="how many members it is to have")


def _delete_pod(commands: Commands) -> None:
    _action(
        commands,
        "delete-pod",
        "POD",
        "delete one pod of a set, gracefully",
        "Deletes one pod of a StatefulSet with the grace period that it has; the controller creates it anew.",
    )


def _force_delete(commands: Commands) -> None:
    force = _action(
        commands,
        "force-delete",
        "POD",
        "take a pod that does not end out of the cluster",
        "Removes the object of a pod that is stuck Terminating, whatever runs on its machine.",
    )
    force.add_argument(
        "--override",
        default="",
        metavar="REASON",
        help="do it although the node may be alive, and write down this reason for it",
    )


def _nudge(commands: Commands) -> None:
    _action(
        commands,
        "nudge",
        "SET",
        "make the controller look at a set again",
        "Writes an annotation to one StatefulSet, so that its controller, should it have silently stopped, looks "
        "again. No pod changes by it.",
    )


def _action(commands: Commands, name: str, about: str, help_: str, description: str) -> Parser:
    """What every command takes that changes the cluster."""
    action = commands.add_parser(
        name,
        help=help_,
        description=f"{description} Shows the plan and asks, or takes the confirmation from the options below; then "
        "follows until it is done. Exit code 0: done; 1: not reached; 2: refused, or not confirmed; 3: timed out.",
        allow_abbrev=False,
    )
    action.add_argument("about", metavar=about, help="name, or namespace/name")
    action.add_argument("--dry-run", action="store_true", help="print the plan; send nothing but dry runs")
    action.add_argument("--reason", default="", metavar="TEXT", help="why, for the audit log")
    action.add_argument(
        "--timeout",
        type=_duration,
        metavar="D",
        help="how long to wait until it is done: 90s, 20m (default: 15m or so)",
    )
    action.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    action.add_argument(
        "--read-only", action="store_true", default=argparse.SUPPRESS, help="refuse to change anything in the cluster"
    )
    confirmation = action.add_argument_group("confirmation, where nobody can be asked")
    confirmation.add_argument(
        "--confirm", default="", metavar="NAME", help=f"the name of the {about.lower()}, once more"
    )
    confirmation.add_argument(
        "--confirm-context", default="", metavar="CTX", help="the name of the context, where it is protected"
    )
    confirmation.add_argument(
        "--attest",
        action="append",
        default=[],
        metavar="WHAT",
        help="what you made sure of, as the plan asks for it: node-is-off; may be repeated",
    )
    _cluster(action, default=argparse.SUPPRESS)
    action.set_defaults(command=name, override="")
    return action


def _audit(commands: Commands) -> None:
    audit = commands.add_parser(
        "audit",
        help="show what was changed from here",
        description="The written record of what stsview changed, or was refused to, from this account on this machine; "
        "the oldest first.",
        allow_abbrev=False,
    )
    audit.add_argument("--since", type=_duration, metavar="D", help="no older than this: 30m, 12h, 7d")
    audit.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    audit.set_defaults(command="audit")


def _cluster(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """`default` is SUPPRESS in a subcommand, whose defaults would otherwise undo what was said before its name."""
    group = parser.add_argument_group("cluster")
    group.add_argument(
        "--kubeconfig", metavar="PATH", default=default, help="kubeconfig file (default: $KUBECONFIG, ~/.kube/config)"
    )
    group.add_argument(
        "--context", metavar="NAME", default=default, help="context of the kubeconfig (default: its current-context)"
    )
    group.add_argument("--as", metavar="USER", dest="as_user", default=default, help="act as this user (impersonation)")
    group.add_argument(
        "--as-group",
        metavar="GROUP",
        dest="as_groups",
        action="append",
        default=[] if default is None else default,
        help="act as a member of this group; may be repeated",
    )
    scope = group.add_mutually_exclusive_group()
    scope.add_argument(
        "-n",
        "--namespace",
        metavar="NS[,NS]",
        default=default,
        help="namespaces to look at (default: those that the configuration file names for the context, else that of "
        "the context, else all that you may read)",
    )
    scope.add_argument(
        "-A", "--all-namespaces", action="store_true", default=default or False, help="look at all namespaces"
    )
    group.add_argument(
        "--cluster-domain",
        metavar="DOMAIN",
        default=default,
        help="DNS domain of the cluster, which the API does not tell (default: that of the configuration file, "
        "else cluster.local)",
    )
    group.add_argument(
        "--config",
        metavar="PATH",
        default=default,
        help="configuration file (default: $STSVIEW_CONFIG, else stsview/config.toml where your settings are)",
    )


def _screen(parser: argparse.ArgumentParser, default: str | None) -> None:
    """`default` is SUPPRESS in a subcommand, whose defaults would otherwise undo what was said before its name."""
    parser.add_argument("--theme", choices=THEMES, default=default, help="colours of the dashboard (default: dark)")
    parser.add_argument(
        "--read-only", action="store_true", default=default or False, help="refuse to change anything in the cluster"
    )


def _duration(text: str) -> float:
    """Seconds."""
    from stsview.model.durations import parse

    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 100000, not {text!r}")
    return int(text)


def _replicas(text: str) -> int:
    # int32 in the API.
    if not text.isdecimal() or not text.isascii() or len(text) > 10 or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"a number of members from 0 on, not {text!r}")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 3600:
        raise argparse.ArgumentTypeError(f"a speed is a number above 0 and up to 3600, not {text!r}")
    return speed
