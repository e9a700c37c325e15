"""Changes as they are typed, and as they are made in a manifest."""

from __future__ import annotations

import pytest

from stsview.actions.operations.recreate.changes import BadChange, Manifest, changed, parse_change, present_value

MANIFEST: Manifest = {
    "spec": {
        "serviceName": "web",
        "volumeClaimTemplates": [
            {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "10Gi"}}}},
            {"metadata": {"name": "logs", "labels": {"a/b.c": "x"}}, "spec": {}},
        ],
    }
}


_LOGS = "volumeClaimTemplates[logs]"


@pytest.mark.parametrize(
    ("typed", "path", "before"),
    [
        ("serviceName=new", "serviceName", "web"),
        ("spec.serviceName = new", "serviceName", "web"),
        ("podManagementPolicy=Parallel", "podManagementPolicy", None),
        ("data.size=20Gi", "volumeClaimTemplates[data].spec.resources.requests.storage", "10Gi"),
        ("data.storage=20Gi", "volumeClaimTemplates[data].spec.resources.requests.storage", "10Gi"),
        ("logs.storageClassName=fast", "volumeClaimTemplates[logs].spec.storageClassName", None),
        (
            "spec.volumeClaimTemplates[logs].spec.storageClassName=fast",
            "volumeClaimTemplates[logs].spec.storageClassName",
            None,
        ),
        ("logs.labels.a/b.c=y", "volumeClaimTemplates[logs].metadata.labels.a/b.c", "x"),
        ("volumeClaimTemplates[data].metadata.labels.tier=", "volumeClaimTemplates[data].metadata.labels.tier", None),
    ],
)
def test_each_spelling_changes_one_field(typed: str, path: str, before: str | None) -> None:
    change = parse_change(typed)
    assert change.path == path
    assert parse_change(change.option) == change
    assert present_value(MANIFEST, change) == before
    made = changed(MANIFEST, (change,))
    assert present_value(made, change) == typed.partition("=")[2].strip()
    assert changed(made, (parse_change(f"{path}={before}"),)) == MANIFEST if before else made != MANIFEST
    assert present_value(MANIFEST, change) == before, "the manifest itself is not changed"


@pytest.mark.parametrize(
    "typed",
    [
        "serviceName",
        "=x",
        "replicas=3",
        "template.spec=x",
        "serviceName=Not_A_Name",
        "podManagementPolicy=parallel",
        "data.size=-1Gi",
        "data.size=many",
        "data.storageClassName=",
        "data.accessModes=ReadWriteMany",
        "data.labels.=x",
        "data.labels.a=not a value",
        "volumeClaimTemplates[].size=1Gi",
    ],
)
def test_what_cannot_be_changed_is_refused_on_one_line(typed: str) -> None:
    with pytest.raises(BadChange) as refused:
        parse_change(typed)
    assert "\n" not in str(refused.value)


def test_an_unknown_claim_template_is_refused_with_those_that_exist() -> None:
    with pytest.raises(BadChange, match="data, logs"):
        changed(MANIFEST, (parse_change("other.size=1Gi"),))
