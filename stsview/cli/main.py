"""From the command line to the subcommand that it names; nothing heavy is imported before that."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stsview.cli.arguments import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run stsview; returns its exit code: 0 well, 2 bad input or a cluster that cannot be reached, 130 interrupted."""
    arguments = parser().parse_args(argv)
    try:
        match arguments.command:
            case "demo":
                from stsview.cli import demo

                return demo.run(arguments)
            case "check":
                from stsview.cli import check

                return check.run(arguments)
            case "explain":
                from stsview.cli import explain

                return explain.run(arguments)
            case "status":
                from stsview.cli import status

                return status.run(arguments)
            case "rollout":
                from stsview.cli import rollout

                return rollout.run(arguments)
            case "history":
                from stsview.cli import history

                return history.run(arguments)
            case "scale":
                from stsview.cli import scale

                return scale.run(arguments)
            case "delete-pod":
                from stsview.cli import delete_pod

                return delete_pod.run(arguments)
            case "force-delete":
                from stsview.cli import force_delete

                return force_delete.run(arguments)
            case "nudge":
                from stsview.cli import nudge

                return nudge.run(arguments)
            case "audit":
                from stsview.cli import audit

                return audit.run(arguments)
            case _:
                from stsview.cli import dashboard

                return dashboard.run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; what Python would flush at exit must not raise again.
        sys.stdout = None
        return 1
