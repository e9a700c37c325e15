"""Fresh templates and revisions of a set, and JSON patches of it.

The patches change its template, partition or annotations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from stsview.actions.errors import Refused
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.requests.changed_meanwhile import no_longer_exists, recreated
from stsview.actions.requests.json_patch import Operation, tests
from stsview.cluster.errors import ClusterError, NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.model.rollout.detail import RevisionView, revision_views
from stsview.model.settings import ModelSettings
from stsview.nearest import did_you_mean
from stsview.objects.kinds import FULL_REVISIONS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.objects.statefulset import RecordedRevision

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""The annotation of the template that `kubectl rollout restart` writes (kubectl/pkg/polymorphichelpers)."""

_JSON: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


class Templates(msgspec.Struct, frozen=True):
    """The fresh state with the set as raw JSON and its revisions."""

    fresh: FreshState
    raw: Mapping[str, Any]
    """The set as JSON, with the fields that our structs lack. Do not modify."""
    revisions: tuple[RevisionView, ...]
    """The oldest first."""
    unread: str
    """Why the revisions are unknown; empty if they are known."""

    @property
    def spec(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.raw.get("spec") or {}
        return spec

    def revision(self, name: str) -> RevisionView | None:
        return next((one for one in self.revisions if one.name == name), None)


async def read_templates(session: Session, key: Key, settings: ModelSettings) -> Templates:
    """Read a set with its revisions.

    Raises `Refused` if the set no longer exists, `ClusterError` if it cannot be read.

    If only the revisions cannot be read, `Templates.unread` says why.
    """
    fresh, raw = await asyncio.gather(read_fresh_state(session, key, settings), _raw(session, key))
    if raw.get("metadata", {}).get("uid") != fresh.set.metadata.uid:
        raise Refused(f"{recreated(str(key))}: try again")
    if raw.get("metadata", {}).get("generation", 0) != fresh.set.metadata.generation:
        raise Refused(f"{key} was changed just now: try again")
    try:
        listing = await list_all(session, FULL_REVISIONS, key.namespace, lambda *_: None)
    except ClusterError as error:
        return Templates(fresh, raw, (), str(error))
    recorded = [one for one in listing.objects if isinstance(one, RecordedRevision)]
    unread = "some controllerrevisions are malformed" if listing.undecodable else ""
    return Templates(fresh, raw, revision_views(recorded, fresh.objects), unread)


async def _raw(session: Session, key: Key) -> dict[str, Any]:
    try:
        return await session.get_json(STATEFULSETS.path(key.namespace, key.name), _JSON)
    except NotFound as error:
        raise Refused(no_longer_exists(f"StatefulSet {key}")) from error


def test_template(templates: Templates, seen_revision: str) -> list[Operation]:
    """JSON-patch tests of the update revision and of the template itself.

    The update revision alone would miss a change that the controller has not observed yet.
    """
    return [
        tests("/status/updateRevision", seen_revision),
        tests("/spec/template", templates.spec.get("template")),
    ]


def test_strategy(templates: Templates) -> list[Operation]:
    """JSON-patch test that the update strategy is unchanged.

    Another partition would reach other ordinals.
    """
    return [tests("/spec/updateStrategy", templates.spec.get("updateStrategy"))]


def replace_template(revision: RevisionView) -> list[Operation]:
    """Replace the template with that of a revision, as kubectl does.

    Source: kubectl/pkg/polymorphichelpers/rollback.go.
    """
    template = {name: value for name, value in revision.template.items() if name != "$patch"}
    return [{"op": "replace", "path": "/spec/template", "value": template}]


def restart_template(templates: Templates, stamp: str) -> list[Operation]:
    """Set the restart annotation.

    Needs a test of the template: annotations added meanwhile must not be lost.
    """
    metadata = (templates.spec.get("template") or {}).get("metadata")
    value: Any = stamp
    path = f"/spec/template/metadata/annotations/{_escaped(RESTARTED_AT)}"
    if not (metadata or {}).get("annotations"):
        path, value = "/spec/template/metadata/annotations", {RESTARTED_AT: stamp}
        if metadata is None:
            path, value = "/spec/template/metadata", {"annotations": value}
    return [{"op": "add", "path": path, "value": value}]


def set_image(templates: Templates, container: str, image: str) -> list[Operation]:
    """Replace the image of a container or init container.

    Needs a test of the template: the path has its index.

    Raises `Refused` if there is no such container.
    """
    spec = (templates.spec.get("template") or {}).get("spec") or {}
    for part in ("containers", "initContainers"):
        for number, one in enumerate(spec.get(part) or ()):
            if one.get("name") == container:
                return [{"op": "replace", "path": f"/spec/template/spec/{part}/{number}/image", "value": image}]
    names = [one.get("name", "") for part in ("containers", "initContainers") for one in spec.get(part) or ()]
    raise Refused(
        f"the template has no container {container}"
        + (did_you_mean(container, names) or f"; it has {', '.join(names)}")
    )


def set_partition(templates: Templates, partition: int) -> list[Operation]:
    """Set the partition, with a test of the strategy.

    A strategy without parameters has partition 0.
    """
    strategy = templates.spec.get("updateStrategy") or {}
    rolling = strategy.get("rollingUpdate")
    unchanged = test_strategy(templates)
    if rolling is None:
        return [
            *unchanged,
            {"op": "add", "path": "/spec/updateStrategy/rollingUpdate", "value": {"partition": partition}},
        ]
    return [*unchanged, {"op": "add", "path": "/spec/updateStrategy/rollingUpdate/partition", "value": partition}]


def annotate(templates: Templates, name: str, value: str | None) -> list[Operation]:
    """Write an annotation of the set, with a test; None removes it."""
    metadata = templates.raw.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    path = f"/metadata/annotations/{_escaped(name)}"
    if name in annotations:
        change: Operation = {"op": "remove", "path": path} if value is None else {}
        return [tests(path, annotations[name]), change or {"op": "replace", "path": path, "value": value}]
    if value is None:
        return []
    if annotations:
        return [{"op": "add", "path": path, "value": value}]
    # Without annotations there is no path to test: only the resourceVersion tells that there still are none.
    unchanged = tests("/metadata/resourceVersion", metadata.get("resourceVersion"))
    return [unchanged, {"op": "add", "path": "/metadata/annotations", "value": {name: value}}]


def _escaped(name: str) -> str:
    """Escape for a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
