"""How long a pod may stay on a tainted node."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from msgspec.structs import replace

from stsview.model.pods.tolerations import Eviction, eviction_of, tolerates
from stsview.objects.node import Node, NodeSpec, Taint
from stsview.objects.pod import Pod, Toleration
from tests.support.model.build import at, node, pod

UNREACHABLE = Taint(key="node.kubernetes.io/unreachable", effect="NoExecute", time_added=at(40))
OUT = Taint(key="node.kubernetes.io/out-of-service", value="nodeshutdown", effect="NoExecute")


def tainted(*taints: Taint) -> Node:
    return msgspec.structs.replace(node(), spec=NodeSpec(taints=taints))


def tolerating(*tolerations: Toleration) -> Pod:
    held = pod(0)
    return msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, tolerations=tolerations))


def unreachable(seconds: int | None) -> Toleration:
    return Toleration(key=UNREACHABLE.key, operator="Exists", effect="NoExecute", toleration_seconds=seconds)


@pytest.mark.parametrize(
    ("toleration", "matches"),
    [
        (Toleration(operator="Exists"), True),
        (Toleration(key=OUT.key, operator="Exists"), True),
        (Toleration(key=OUT.key, operator="Exists", effect="NoSchedule"), False),
        (Toleration(key=OUT.key, value="nodeshutdown"), True),
        (Toleration(key=OUT.key, operator="", value="nodeshutdown"), True),
        (Toleration(key=OUT.key, value="else"), False),
        (Toleration(key="else", operator="Exists"), False),
        (Toleration(key=OUT.key, operator="Gt", value="nodeshutdown"), False),
    ],
)
def test_what_a_toleration_matches(toleration: Toleration, matches: bool) -> None:
    assert tolerates(toleration, OUT) is matches


def test_without_a_no_execute_taint_nothing_is_evicted() -> None:
    assert eviction_of(tolerating(), tainted(Taint(key="x", effect="NoSchedule"))) is None


@pytest.mark.parametrize(
    ("tolerations", "taints", "seconds", "when"),
    [
        ((), (UNREACHABLE,), 0, at(40)),
        ((unreachable(300),), (UNREACHABLE,), 300, at(340)),
        ((unreachable(-5),), (UNREACHABLE,), 0, at(40)),
        ((unreachable(None),), (UNREACHABLE,), None, None),
        ((unreachable(300), unreachable(10)), (UNREACHABLE,), 300, at(340)),
        ((unreachable(300),), (UNREACHABLE, OUT), 0, None),
        ((Toleration(operator="Exists"), unreachable(10)), (UNREACHABLE, OUT), None, None),
        ((unreachable(10), Toleration(operator="Exists")), (UNREACHABLE, OUT), 10, None),
    ],
    ids=["none", "default", "negative", "for ever", "first counts", "second taint", "all", "shortest"],
)
def test_when_the_taint_manager_deletes(
    tolerations: tuple[Toleration, ...], taints: tuple[Taint, ...], seconds: int | None, when: datetime | None
) -> None:
    found = eviction_of(tolerating(*tolerations), tainted(*taints))
    assert found is not None
    assert replace(found, taint=UNREACHABLE) == Eviction(UNREACHABLE, seconds, when)
