"""Other writers of a set, which may revert what an operator changes."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.cache.set_objects import SetObjects
from stsview.model.pods.unknowns import hidden
from stsview.model.views import WriterView
from stsview.objects.kinds import AUTOSCALERS
from stsview.objects.statefulset import StatefulSet

_BY_LABEL_OR_ANNOTATION = (
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
    ("meta.helm.sh/release-name", "Helm"),
)
"""Labels and annotations of GitOps tools, by their documentation; the first one found for a tool names it."""

_MANAGED_BY = "app.kubernetes.io/managed-by"


def writers_of(objects: SetObjects) -> tuple[WriterView, ...]:
    """All writers that the objects show."""
    return (*_autoscalers(objects), *_owner(objects.set), *_tools(objects.set))


def writers_unknown(objects: SetObjects) -> str:
    """Why there may be unknown autoscalers; empty when all are known."""
    return hidden(AUTOSCALERS, objects, found=False)


def replicas_manager(stateful: StatefulSet) -> str:
    """The field manager that last changed `spec.replicas`.

    That is the owner of the field, since an update takes the fields it changes from all others. No time is needed,
    and none is there: the API server writes no time for the subresource scale, which autoscalers and `kubectl scale`
    use (apimachinery, managedfields/scalehandler.go). Managers that apply the value it already has share the
    ownership; among those alone the latest counts. Empty where the managed fields do not tell.
    """
    owners = [
        entry
        for entry in stateful.metadata.managed_fields
        if entry.fields_v1 and entry.fields_v1.spec and entry.fields_v1.spec.replicas
    ]
    updated = [entry for entry in owners if entry.operation != "Apply"]
    last = max(updated or owners, key=lambda entry: entry.time.timestamp() if entry.time else 0.0, default=None)
    return last.manager if last is not None else ""


def _autoscalers(objects: SetObjects) -> Iterator[WriterView]:
    name = objects.set.metadata.name
    for autoscaler in sorted(objects.autoscalers, key=lambda one: one.metadata.name):
        spec = autoscaler.spec
        target = spec.scale_target_ref
        if (target.kind, target.name) == ("StatefulSet", name) and target.api_version.partition("/")[0] in ("apps", ""):
            yield WriterView("HPA", autoscaler.metadata.name, f"{spec.min_replicas} to {spec.max_replicas}")


def _owner(stateful: StatefulSet) -> Iterator[WriterView]:
    """The controlling owner: an operator, which reverts changes of others."""
    owner = stateful.metadata.controller
    if owner is not None:
        yield WriterView("owner", f"{owner.kind} {owner.name}")


def _tools(stateful: StatefulSet) -> Iterator[WriterView]:
    marks = {**stateful.metadata.labels, **stateful.metadata.annotations}
    found: dict[str, str] = {}
    for mark, tool in _BY_LABEL_OR_ANNOTATION:
        if name := marks.get(mark):
            # A tracking id is `<application>:<group>/<kind>:<namespace>/<name>`.
            found.setdefault(tool, name.partition(":")[0] if mark.endswith("tracking-id") else name)
    if "Flux" in found:
        # Flux installs charts as Helm would, and reverts manual changes.
        found.pop("Helm", None)
    managed_by = stateful.metadata.labels.get(_MANAGED_BY, "")
    if managed_by and not found and stateful.metadata.controller is None:
        found[managed_by] = ""
    for tool, name in found.items():
        yield WriterView(tool, name)
