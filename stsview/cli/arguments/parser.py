"""The argument parser.

Imports only argparse and the like, so that `--help` is instant.
"""

from __future__ import annotations

import argparse
from functools import cache

from stsview import __version__
from stsview.cli.arguments.change_arguments import add_change_commands
from stsview.cli.arguments.cluster_arguments import add_cluster, add_files, add_log
from stsview.cli.arguments.completion_arguments import add_completion
from stsview.cli.arguments.config_arguments import add_config
from stsview.cli.arguments.dns_arguments import add_dns
from stsview.cli.arguments.exec_arguments import add_exec
from stsview.cli.arguments.ignored_options import ignored
from stsview.cli.arguments.node_arguments import add_cordons, add_nodes
from stsview.cli.arguments.placeholders import FILE, MEMBER, ORDINAL_LIST, PATH, REVISIONS, RULE, SCENARIO, SET
from stsview.cli.arguments.port_forward_arguments import add_port_forward
from stsview.cli.arguments.recreate_arguments import add_recreate
from stsview.cli.arguments.replay_arguments import add_replay
from stsview.cli.arguments.rights_arguments import add_rights
from stsview.cli.arguments.rollout_arguments import add_rollout_commands
from stsview.cli.arguments.storage_arguments import add_grow
from stsview.cli.arguments.unattended_arguments import add_exporter, add_watch
from stsview.cli.arguments.usage_arguments import add_usage
from stsview.cli.arguments.value_types import Parser, Subparsers, count, duration, lines, ordinals, period, port, speed
from stsview.program_name import program_name

THEMES = ("dark", "light", "high-contrast", "colour-blind")
"""Theme names, repeated from `stsview.ui.kit.look.themes` so that `--help` does not import Textual; a test compares."""


LEVELS = ("notice", "warning", "error")
"""Names of `stsview.model.finding.Level`."""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line, which keeps nothing of what it parses."""
    return _parser_of(program_name())


@cache
def _parser_of(program: str) -> argparse.ArgumentParser:
    """The parser of a program of that name; what is below it asks for the name itself."""
    top = Parser(
        validate=ignored,
        prog=program,
        description="A dashboard for Kubernetes StatefulSets: per-pod status, what blocks it, what is safe to do.",
        epilog="Without a command, opens the dashboard on the cluster of the current kubeconfig context.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"stsview {__version__}")
    add_cluster(top)
    add_files(top)
    _screen(top, default=None)
    top.set_defaults(command="dashboard", module="")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    _demo(commands)
    _check(commands)
    _explain(commands)
    _status(commands)
    add_watch(commands, LEVELS)
    add_exporter(commands, LEVELS)
    _rollout(commands)
    _history(commands)
    _logs(commands)
    add_usage(commands)
    add_nodes(commands)
    _dump(commands)
    add_replay(commands)
    add_change_commands(commands)
    add_rollout_commands(commands)
    add_grow(commands)
    add_recreate(commands)
    add_cordons(commands)
    add_exec(commands)
    add_port_forward(commands)
    add_dns(commands)
    _audit(commands)
    _screen(add_config(commands), default=argparse.SUPPRESS)
    add_rights(commands)
    add_completion(commands)
    return top


def _demo(commands: Subparsers) -> None:
    demo = commands.add_parser(
        "demo",
        help="open the dashboard on a simulated cluster",
        description="Opens the dashboard on a practice cluster: a simulated API server on the loopback interface, with "
        "controllers and nodes.",
        allow_abbrev=False,
    )
    _screen(demo, default=argparse.SUPPRESS)
    demo.add_argument("--scenario", metavar=SCENARIO, help="scenario (default: tour)")
    demo.add_argument("--list", action="store_true", help="list the scenarios")
    demo.add_argument(
        "--objects",
        nargs="+",
        action="extend",
        metavar=FILE,
        help="instead of a scenario: serve the objects in these files or folders, without controllers or nodes; time "
        "stands still",
    )
    demo.add_argument(
        "--serve", action="store_true", help="run the cluster without the dashboard until interrupted, for kubectl"
    )
    demo.add_argument("--port", type=port, default=0, metavar="N", help="port (default: any free port)")
    demo.add_argument(
        "--kubeconfig",
        metavar=PATH,
        dest="kubeconfig_out",
        help="with --serve: where to write the kubeconfig (default: a temporary file)",
    )
    demo.add_argument("--speed", type=speed, metavar="X", help="speed, as a multiple of real time (default: 1)")
    demo.add_argument("--seed", type=int, metavar="N", help="random seed")
    demo.add_argument("--sets", type=count, metavar="N", help="scenario fleet: number of StatefulSets")
    demo.add_argument("--replicas", type=count, metavar="M", help="scenario fleet: replicas of each StatefulSet")
    demo.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    add_log(demo, default=argparse.SUPPRESS)
    demo.set_defaults(command="demo")


def _check(commands: Subparsers) -> None:
    check = commands.add_parser(
        "check",
        help="report problems (for CI)",
        validate=lambda found: "--verbose is only for -o text" if found.verbose and found.output != "text" else "",
        description="Checks StatefulSets with the rules of the dashboard. Exit code 0: no finding at or above "
        "--fail-on; 1: findings; 2: the cluster could not be read, or no StatefulSet was found.",
        allow_abbrev=False,
    )
    check.add_argument("sets", nargs="*", metavar=SET, help="names, or namespace/name (default: all)")
    add_cluster(check, default=argparse.SUPPRESS)
    add_files(check, default=argparse.SUPPRESS)
    check.add_argument("-l", "--selector", metavar="SELECTOR", help="label selector, as in app=db,tier!=test")
    check.add_argument("--min-severity", choices=LEVELS, default="notice", help="lowest level to print")
    check.add_argument(
        "--fail-on", choices=LEVELS, default="warning", help="lowest level that gives exit code 1 (default: warning)"
    )
    _settle(check)
    check.add_argument(
        "--usage", action="store_true", help="also measure volumes and memory, of each node with a pod of the sets"
    )
    check.add_argument("--allow-empty", action="store_true", help="exit 0 if no StatefulSet is found")
    check.add_argument(
        "-v", "--verbose", action="store_true", help="also print effect, steps, symptoms and evidence of each finding"
    )
    check.add_argument(
        "-o",
        "--output",
        choices=("text", "wide", "json", "junit", "sarif"),
        default="text",
        help="(default: text, a line for each finding; wide: with more columns)",
    )
    check.set_defaults(command="check")


def _settle(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--settle",
        type=duration,
        metavar="D",
        help="re-check transient findings after this long: 15s, 1m, 0 (default: 15s)",
    )


def _explain(commands: Subparsers) -> None:
    explain = commands.add_parser(
        "explain",
        help="explain a rule",
        description="Lists the rules, or explains one: what it means and what to do.",
        allow_abbrev=False,
    )
    explain.add_argument("rule", nargs="?", metavar=RULE, help="id of a rule (default: list all)")
    explain.set_defaults(command="explain", module="local.explain")


def _status(commands: Subparsers) -> None:
    status = commands.add_parser(
        "status",
        help="show one set with its pods and findings",
        description="Shows one StatefulSet with its ordinals, rollout and findings. Exit code 2: the cluster could not "
        "be read.",
        allow_abbrev=False,
    )
    status.add_argument("set", metavar=SET, help="name, or namespace/name")
    add_cluster(status, default=argparse.SUPPRESS)
    add_files(status, default=argparse.SUPPRESS)
    _settle(status)
    status.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    status.set_defaults(command="status")


def _rollout(commands: Subparsers) -> None:
    rollout = commands.add_parser(
        "rollout",
        help="follow a rollout until it is done",
        description="Follows one StatefulSet until every pod runs the revision of its template, and prints what the "
        "rollout waits for whenever that changes. Exit code 0: done, or paused by its partition; 1: stuck, needs "
        "manual deletion, or the set was deleted; 2: the cluster could not be read; 3: timed out.",
        allow_abbrev=False,
    )
    rollout.add_argument("set", metavar=SET, help="name, or namespace/name")
    rollout.add_argument(
        "--timeout",
        type=duration,
        metavar="D",
        help="how long to wait until it is done: 90s, 20m; 0 reports once (default: no limit)",
    )
    rollout.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    add_cluster(rollout, default=argparse.SUPPRESS)
    rollout.set_defaults(command="rollout")


def _history(commands: Subparsers) -> None:
    history = commands.add_parser(
        "history",
        help="show the revisions of a set and their differences",
        description="Shows the revisions of one StatefulSet: when and by whom each was created, and which pods run it. "
        "Exit code 2: the cluster could not be read.",
        allow_abbrev=False,
    )
    history.add_argument("set", metavar=SET, help="name, or namespace/name")
    history.add_argument(
        "--diff",
        nargs=2,
        metavar=REVISIONS,
        help="compare the templates of two revisions, each given by number, name or hash, or as current or update",
    )
    history.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    add_cluster(history, default=argparse.SUPPRESS)
    add_files(history, default=argparse.SUPPRESS)
    history.set_defaults(command="history")


def _logs(commands: Subparsers) -> None:
    logs = commands.add_parser(
        "logs",
        help="show the logs of a set, merged by time",
        validate=lambda found: (
            "--previous is the log of a run that has ended: omit --follow" if found.previous and found.follow else ""
        ),
        description="Prints the logs of all pods of a StatefulSet, or of one pod, merged by the time of each line. "
        "Notes about the logs go to the standard error. Exit code 0: all logs were read; 1: some could not be read, "
        "each with the reason; 2: the cluster could not be read; 130: interrupted.",
        allow_abbrev=False,
    )
    logs.add_argument("member", metavar=MEMBER, help="each also as namespace/name")
    logs.add_argument(
        "--ordinals", type=ordinals, metavar=ORDINAL_LIST, help="only these ordinals of the set: 0,2 or 3-5"
    )
    logs.add_argument("-f", "--follow", action="store_true", help="print new lines as they are written")
    logs.add_argument("--since", type=period, metavar="D", help="only lines newer than this: 30s, 10m, 2h")
    logs.add_argument("--tail", type=lines, metavar="N", help="only the last N lines of each pod (default: all)")
    logs.add_argument("-c", "--container", metavar="NAME", help="container (default: that of each pod)")
    logs.add_argument("-p", "--previous", action="store_true", help="the log of the previous container run")
    logs.add_argument("--timestamps", action="store_true", help="print the time of each line")
    logs.add_argument(
        "-o",
        "--output",
        choices=("text", "json"),
        default="text",
        help="(default: text; json: one object a line)",
    )
    add_cluster(logs, default=argparse.SUPPRESS)
    logs.set_defaults(command="logs")


def _dump(commands: Subparsers) -> None:
    dump = commands.add_parser(
        "dump",
        help="write what stsview reads to a file, for --from",
        description="Writes the objects that stsview reads to a file, without values of environment variables and "
        "whatever looks like a credential. Nodes, volumes and other objects without a namespace are included whole. "
        "Exit code 2: the cluster could not be read.",
        allow_abbrev=False,
    )
    dump.add_argument("-o", "--output", metavar=FILE, required=True, help="file to write; - is the standard output")
    add_cluster(dump, default=argparse.SUPPRESS)
    dump.set_defaults(command="dump")


def _audit(commands: Subparsers) -> None:
    audit = commands.add_parser(
        "audit",
        help="show the local audit log",
        description="Shows what stsview changed, or was refused to change, from this account on this machine; the "
        "oldest entry first.",
        allow_abbrev=False,
    )
    audit.add_argument("--since", type=duration, metavar="D", help="only entries newer than this: 30m, 12h, 7d")
    audit.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    audit.set_defaults(command="audit", module="local.audit")


def _screen(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options of the dashboard's screen.

    `default` is SUPPRESS in a subcommand, whose defaults would otherwise overwrite values given before its name.
    """
    parser.add_argument("--theme", choices=THEMES, default=default, help="theme of the dashboard (default: dark)")
    parser.add_argument(
        "--read-only", action="store_true", default=default or False, help="refuse to change anything in the cluster"
    )
    parser.add_argument(
        "--record",
        metavar=FILE,
        default=default,
        help=f"record what is read of the cluster in a new file, for {program_name()} replay; credentials are left out",
    )
