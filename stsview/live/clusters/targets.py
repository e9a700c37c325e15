"""Several contexts of a kubeconfig, to be shown or checked together."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stsview.live.target import Target


class ClusterTargets(msgspec.Struct, frozen=True):
    """The targets by context, in the order in which they were named: at least two."""

    targets: Mapping[str, Target]
