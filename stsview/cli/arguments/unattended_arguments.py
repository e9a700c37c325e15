"""Arguments of `watch` and `exporter`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import SET
from stsview.cli.arguments.value_types import Subparsers, port


def add_watch(commands: Subparsers, levels: Sequence[str]) -> None:
    watch = commands.add_parser(
        "watch",
        help="print findings as they begin, change and end",
        description="Prints the findings that there are, and then each that begins, changes or ends, until "
        "interrupted. While the cluster cannot be read nothing ends, and the loss and the return of the connection are "
        "printed. Exit code 0: ended by SIGINT, SIGTERM or SIGHUP, or because the reader of the output has gone; 2: "
        "the cluster could not be read at the start.",
        allow_abbrev=False,
    )
    watch.add_argument("sets", nargs="*", metavar=SET, help="names, or namespace/name (default: all)")
    watch.add_argument("--min-severity", choices=levels, default="notice", help="lowest level to print")
    watch.add_argument(
        "-o",
        "--output",
        choices=("text", "json"),
        default="text",
        help="(default: text; json: one document a line)",
    )
    add_cluster(watch, default=argparse.SUPPRESS)
    watch.set_defaults(command="watch")


def add_exporter(commands: Subparsers, levels: Sequence[str]) -> None:
    exporter = commands.add_parser(
        "exporter",
        help="serve findings and rollouts to Prometheus",
        description="Serves metrics at /metrics, liveness at /livez and readiness at /readyz, until interrupted. A "
        "cluster that does not answer is tried again, at the start too. Exit code 0: ended by SIGINT, SIGTERM or "
        "SIGHUP; 2: it cannot listen, or has no usable configuration.",
        allow_abbrev=False,
    )
    exporter.add_argument("sets", nargs="*", metavar=SET, help="names, or namespace/name (default: all)")
    exporter.add_argument(
        "--listen",
        type=_address,
        metavar="HOST:PORT",
        default=("127.0.0.1", 9464),
        help="address to serve at; 0.0.0.0 or [::] for all of this machine (default: 127.0.0.1:9464)",
    )
    exporter.add_argument("--min-severity", choices=levels, default="notice", help="lowest level of findings to serve")
    add_cluster(exporter, default=argparse.SUPPRESS)
    exporter.set_defaults(command="exporter")


def _address(text: str) -> tuple[str, int]:
    """`HOST:PORT`; an IPv6 address is in brackets. The host is never left out: it decides who can read the metrics."""
    host, colon, number = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not colon or not host:
        raise argparse.ArgumentTypeError(f"must be HOST:PORT, as in 127.0.0.1:9464 or [::1]:9464 (got {text!r})")
    return host, port(number)
