from __future__ import annotations

from typing import Any

import pytest

from stsview.model.related.writers import replicas_manager
from stsview.model.views import Severity, WriterView
from stsview.objects.kinds import AUTOSCALERS
from stsview.objects.meta import FieldsOfSpec, FieldsV1, ManagedFieldsEntry, Present
from tests.support.model.build import at, autoscaler, look, owned_by, pod, stateful_set, without


def writers(meta: dict[str, Any] | None = None, **parts: Any) -> tuple[WriterView, ...]:
    return look(stateful_set(1, **(meta or {})), [pod(0)], **parts).writers


def test_an_autoscaler_with_its_bounds() -> None:
    assert writers(autoscalers=(autoscaler(),)) == (WriterView("HPA", "web", "2 to 10"),)


@pytest.mark.parametrize(
    "other", [autoscaler(target="db"), autoscaler(kind="Deployment"), autoscaler(api_version="example.com/v1")]
)
def test_an_autoscaler_of_something_else(other: Any) -> None:
    assert writers(autoscalers=(other,)) == ()


def test_an_operator_owns_the_set() -> None:
    assert writers({"owner_references": owned_by(kind="Kafka", name="prod")}) == (WriterView("owner", "Kafka prod"),)


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, [("Argo CD", "shop")]),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/StatefulSet:default/web"}},
            [("Argo CD", "shop")],
        ),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "infra"}}, [("Flux", "infra")]),
        (
            {"labels": {"helm.toolkit.fluxcd.io/name": "r"}, "annotations": {"meta.helm.sh/release-name": "r"}},
            [("Flux", "r")],
        ),
        (
            {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "r"}},
            [("Helm", "r")],
        ),
        ({"labels": {"app.kubernetes.io/managed-by": "pulumi"}}, [("pulumi", "")]),
        ({}, []),
    ],
)
def test_gitops_tools_are_recognised(meta: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [(writer.kind, writer.name) for writer in writers(meta)] == expected


def test_unreadable_autoscalers_may_exist() -> None:
    view = look(stateful_set(1), [pod(0)], coverage=without(AUTOSCALERS))
    assert (view.writers, view.writers_unknown) == ((), "you may not list horizontalpodautoscalers")
    assert view.severity is Severity.HEALTHY
    assert look(stateful_set(1), [pod(0)]).writers_unknown == ""


def entry(manager: str, seconds: float | None, operation: str = "Update", *, replicas: bool = True) -> Any:
    fields = FieldsV1(spec=FieldsOfSpec(template=Present(), replicas=Present() if replicas else None))
    time = at(seconds) if seconds is not None else None
    return ManagedFieldsEntry(manager=manager, operation=operation, time=time, fields_v1=fields)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((entry("autoscaler", None), entry("argocd", 10, replicas=False)), "autoscaler"),
        ((entry("argocd", 20, "Apply"), entry("autoscaler", None)), "autoscaler"),
        ((entry("argocd", 20, "Apply"), entry("flux", 30, "Apply")), "flux"),
        ((entry("kubectl", 20, replicas=False),), ""),
        ((), ""),
    ],
    ids=["no time of the scale subresource", "applied the value it had", "applied by two", "not managed", "none"],
)
def test_the_owner_of_replicas_wrote_them_last(entries: tuple[Any, ...], expected: str) -> None:
    assert replicas_manager(stateful_set(1, managed_fields=entries)) == expected
