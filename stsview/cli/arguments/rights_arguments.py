"""Arguments of `stsview rights`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import TASK
from stsview.cli.arguments.value_types import Subparsers


def add_rights(commands: Subparsers) -> None:
    """Add the command."""
    rights = commands.add_parser(
        "rights",
        help="print roles with the rights that stsview needs",
        description="Prints Kubernetes roles for kubectl apply with exactly the rights that stsview needs: without "
        "--for, those for reading. With -n, whatever is in a namespace is granted in these namespaces only. Connects "
        "to no cluster.",
        allow_abbrev=False,
    )
    rights.add_argument(
        "--for",
        dest="tasks",
        nargs="+",
        action="extend",
        default=[],
        metavar=TASK,
        help="also grant these tasks, as in --for scale exec; all: every change; --list lists them",
    )
    rights.add_argument("--list", action="store_true", help="list the tasks, with the rights of each")
    rights.add_argument("--name", metavar="ROLE", help="name of the roles (default: stsview- and the tasks)")
    rights.add_argument(
        "--user", dest="users", action="append", default=[], metavar="USER", help="bind the roles to this user"
    )
    rights.add_argument(
        "--group", dest="groups", action="append", default=[], metavar="GROUP", help="bind the roles to this group"
    )
    rights.add_argument(
        "--serviceaccount",
        dest="service_accounts",
        action="append",
        default=[],
        metavar="NAMESPACE:NAME",
        help="bind the roles to this ServiceAccount",
    )
    add_cluster(rights, default=argparse.SUPPRESS)
    rights.set_defaults(command="rights", module="local.rights")
