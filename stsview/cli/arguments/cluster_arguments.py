"""Which cluster, and what of it: for every command that looks at one."""

from __future__ import annotations

import argparse


def add_cluster(parser: argparse.ArgumentParser, default: str | None = None) -> None:
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
    add_log(parser, default)


def add_log(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """The options of the log file; `default` as in `add_cluster`."""
    group = parser.add_argument_group("log")
    group.add_argument(
        "--debug", action="store_true", default=default or False, help="write a log file, without credentials"
    )
    group.add_argument(
        "--log-file",
        metavar="PATH",
        default=default,
        help="where to write it; implies --debug (default: stsview.log in the folder of the audit log)",
    )
