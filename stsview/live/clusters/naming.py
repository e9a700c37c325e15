"""The views of one cluster as they are shown among those of others: each names its cluster."""

from __future__ import annotations

import re
import shlex

from msgspec.structs import replace

from stsview.model.finding import Finding
from stsview.model.views import SetView
from stsview.objects.meta import ClusterKey

_PROGRAM = re.compile(r"""'[^']*'|(?<![^\s(|;&`])(kubectl stsview|kubectl|stsview)(?= )""")
"""An argument in quotes, which is passed over, or the program of a command, also of one in a substitution."""


def with_context(command: str, cluster: str) -> str:
    """A kubectl or stsview command for the context `cluster`, whichever is current in the operator's shell."""
    option = f" --context {shlex.quote(cluster)}"
    return _PROGRAM.sub(lambda found: f"{found[1]}{option}" if found[1] else found[0], command)


def named_view(view: SetView, cluster: str) -> SetView:
    """The view with the cluster in its key, and in the commands of its findings."""
    key = ClusterKey(cluster, view.key.namespace, view.key.name)
    return replace(view, key=key, findings=tuple([_named(one, cluster) for one in view.findings]))


def _named(finding: Finding, cluster: str) -> Finding:
    remedies = tuple(
        [replace(one, command=with_context(one.command, cluster)) if one.command else one for one in finding.remedies]
    )
    return replace(finding, remedies=remedies, below=tuple([_named(one, cluster) for one in finding.below]))
