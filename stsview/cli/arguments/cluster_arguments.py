"""Arguments that choose the cluster and the namespaces.

For every command that connects.
"""

from __future__ import annotations

import argparse

from stsview.cli.arguments.placeholders import CONTEXT, FILE, NAMESPACES, PATH
from stsview.cli.arguments.value_types import duration, position
from stsview.program_name import program_name

FROM_FILES = ("dashboard", "check", "status", "nodes", "drain", "history")
"""The commands that can work on files; to all others, `--from` is refused."""

REPLAYED = ("dashboard", "check", "status", "nodes", "drain")
"""The commands that can work on a recording, which has no revisions' templates."""


def add_cluster(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add the group `cluster`.

    `default` is SUPPRESS in a subcommand, whose defaults would otherwise overwrite values given before its name.
    """
    group = parser.add_argument_group("cluster")
    group.add_argument(
        "--kubeconfig", metavar=PATH, default=default, help="kubeconfig file (default: $KUBECONFIG, ~/.kube/config)"
    )
    contexts = group.add_mutually_exclusive_group()
    contexts.add_argument(
        "--context",
        metavar=CONTEXT,
        default=default,
        help="kubeconfig context (default: its current-context); for the dashboard also several, as in a,b",
    )
    contexts.add_argument(
        "--contexts",
        metavar="PATTERN",
        default=default,
        help="all contexts that match, where * matches any characters, for the dashboard",
    )
    group.add_argument("--as", metavar="USER", dest="as_user", default=default, help="user to impersonate")
    group.add_argument(
        "--as-group",
        metavar="GROUP",
        dest="as_groups",
        action="append",
        default=[] if default is None else default,
        help="group to impersonate; can be repeated",
    )
    group.add_argument(
        "--request-timeout",
        type=duration,
        metavar="D",
        dest="request_seconds",
        default=default,
        help="how long one request may take: 5s, 1m (default, and 0: about 30s, as long as the server sends something)",
    )
    scope = group.add_mutually_exclusive_group()
    scope.add_argument(
        "-n",
        "--namespace",
        metavar=NAMESPACES,
        default=default,
        help="namespaces to watch (default: those in the configuration file for the context, else the namespace of "
        "the context, else all that you can read)",
    )
    scope.add_argument("-A", "--all-namespaces", action="store_true", default=default or False, help="all namespaces")
    group.add_argument(
        "--cluster-domain",
        metavar="DOMAIN",
        default=default,
        help="DNS domain of the cluster, which the API does not publish (default: that of the configuration file, "
        "else cluster.local)",
    )
    group.add_argument(
        "--config",
        metavar=PATH,
        default=default,
        help="configuration file (default: $STSVIEW_CONFIG, else stsview/config.toml in your configuration folder)",
    )
    add_log(parser, default)


def names_several(arguments: argparse.Namespace) -> bool:
    """Whether the options may name several contexts: a comma may also be part of one name."""
    return bool(arguments.contexts) or "," in (arguments.context or "")


def add_files(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add the group `files`; `default` as in `add_cluster`."""
    group = parser.add_argument_group("files")
    group.add_argument(
        "--from",
        metavar=FILE,
        dest="from_files",
        nargs="+",
        action="extend",
        default=[] if default is None else default,
        help=f"read objects from these files or folders instead of a cluster: what {program_name()} dump or kubectl "
        "get -o yaml|json wrote; - is the standard input",
    )
    group.add_argument(
        "--replay",
        metavar=FILE,
        default=default,
        help=f"read a recording that {program_name()} --record wrote, instead of a cluster",
    )
    group.add_argument(
        "--at",
        metavar="TIME",
        type=position,
        default=default,
        help="with --from: the time that counts as now (default: the newest time in the files); with --replay: a time "
        "of the recording, or +12m for 12 minutes after its start (default: its end)",
    )


def add_log(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add the group `log`; `default` as in `add_cluster`."""
    group = parser.add_argument_group("log")
    group.add_argument(
        "--debug", action="store_true", default=default or False, help="write a log file, without credentials"
    )
    group.add_argument(
        "--log-file",
        metavar=PATH,
        default=default,
        help="where to write it; implies --debug (default: stsview.log in the folder of the audit log)",
    )
