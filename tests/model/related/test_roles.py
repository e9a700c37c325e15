from __future__ import annotations

from typing import Any

import msgspec

from stsview.model.related.roles import leading
from stsview.objects.pod import Pod
from tests.support.model.build import LABELS, look, pod, row, stateful_set


def role(held: Pod, **meta: Any) -> str:
    return row(look(stateful_set(1, **meta), [held]), 0).role


def test_the_first_role_label_found_counts() -> None:
    assert role(pod(0, labels={**LABELS, "spilo-role": "master"})) == "master"
    assert role(pod(0, labels={**LABELS, "cnpg.io/instanceRole": "replica", "role": "leader"})) == "leader"
    assert role(pod(0)) == ""


def test_a_label_that_all_pods_have_from_the_template_is_no_role() -> None:
    stateful = stateful_set(1)
    template = msgspec.structs.replace(
        stateful.spec.template,
        metadata=msgspec.structs.replace(stateful.spec.template.metadata, labels={**LABELS, "role": "database"}),
    )
    stateful = msgspec.structs.replace(stateful, spec=msgspec.structs.replace(stateful.spec, template=template))
    assert row(look(stateful, [pod(0, labels={**LABELS, "role": "database"})]), 0).role == ""
    assert row(look(stateful, [pod(0, labels={**LABELS, "role": "primary"})]), 0).role == "primary"


def test_an_annotation_of_the_set_names_the_role_label() -> None:
    held = pod(0, labels={**LABELS, "role": "leader", "raft": "voter"})
    assert role(held, annotations={"stsview.io/role-label": "raft"}) == "voter"


def test_the_leading_member_is_named_by_its_label() -> None:
    def led(*roles: str) -> str:
        pods = [pod(ordinal, labels={**LABELS, "role": each} if each else LABELS) for ordinal, each in enumerate(roles)]
        return leading(look(stateful_set(len(roles)), pods))

    assert led("replica", "primary", "replica") == "role=primary"
    assert led("primary", "primary", "") == "role=primary"
    assert led("replica", "replica") == ""
    assert led("primary", "leader") == ""
    assert led("", "") == ""
