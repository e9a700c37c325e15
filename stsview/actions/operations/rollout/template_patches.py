"""A fresh look at what a set runs and has run, and the patches that change it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
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
from stsview.objects.kinds import FULL_REVISIONS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.objects.statefulset import RecordedRevision

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""The annotation of the template that `kubectl rollout restart` writes (kubectl/pkg/polymorphichelpers)."""

_JSON: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Templates:
    """A survey, with the set as the server has it and the revisions that it remembers."""

    fresh: FreshState
    raw: Mapping[str, Any]
    """The set as JSON, with what no struct of ours has. Not to be changed."""
    revisions: tuple[RevisionView, ...]
    """The oldest first."""
    unread: str
    """Why the revisions are unknown; empty where they are known."""

    @property
    def spec(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.raw.get("spec") or {}
        return spec

    def revision(self, name: str) -> RevisionView | None:
        return next((one for one in self.revisions if one.name == name), None)


async def templates(session: Session, key: Key, settings: ModelSettings) -> Templates:
    """Raises `Refused` where the set is gone, and `ClusterError` where it cannot be read; where its revisions cannot
    be read, that is told inside."""
    found, raw = await asyncio.gather(read_fresh_state(session, key, settings), _raw(session, key))
    if raw.get("metadata", {}).get("uid") != found.set.metadata.uid:
        raise Refused(f"{recreated(str(key))}: look again")
    if raw.get("metadata", {}).get("generation", 0) != found.set.metadata.generation:
        raise Refused(f"{key} was changed just now: look again")
    try:
        listing = await list_all(session, FULL_REVISIONS, key.namespace, lambda *_: None)
    except ClusterError as error:
        return Templates(found, raw, (), str(error))
    recorded = [one for one in listing.objects if isinstance(one, RecordedRevision)]
    unread = "some controllerrevisions are malformed" if listing.undecodable else ""
    return Templates(found, raw, revision_views(recorded, found.objects), unread)


async def _raw(session: Session, key: Key) -> dict[str, Any]:
    try:
        return await session.get_json(STATEFULSETS.path(key.namespace, key.name), _JSON)
    except NotFound as error:
        raise Refused(no_longer_exists(f"StatefulSet {key}")) from error


def template_as_seen(found: Templates, seen_revision: str) -> list[Operation]:
    """Tests that nobody has changed the template since: neither the controller's word for it nor the text itself.

    The update revision alone would not tell of a change that the controller has not seen yet.
    """
    return [
        tests("/status/updateRevision", seen_revision),
        tests("/spec/template", found.spec.get("template")),
    ]


def strategy_as_seen(found: Templates) -> list[Operation]:
    """A test that the same ordinals are reached as were told: another partition lets more through, or fewer."""
    return [tests("/spec/updateStrategy", found.spec.get("updateStrategy"))]


def replace_template(revision: RevisionView) -> list[Operation]:
    """The template of a revision, as a rollback writes it (kubectl/pkg/polymorphichelpers/rollback.go)."""
    template = {name: value for name, value in revision.template.items() if name != "$patch"}
    return [{"op": "replace", "path": "/spec/template", "value": template}]


def restart_template(found: Templates, stamp: str) -> list[Operation]:
    """Only beside a test of the template: annotations that somebody adds meanwhile must not be lost."""
    metadata = (found.spec.get("template") or {}).get("metadata")
    value: Any = stamp
    path = f"/spec/template/metadata/annotations/{_escaped(RESTARTED_AT)}"
    if not (metadata or {}).get("annotations"):
        path, value = "/spec/template/metadata/annotations", {RESTARTED_AT: stamp}
        if metadata is None:
            path, value = "/spec/template/metadata", {"annotations": value}
    return [{"op": "add", "path": path, "value": value}]


def set_image(found: Templates, container: str, image: str) -> list[Operation]:
    """Only beside a test of the template: containers are found by their place. Raises `Refused` where there is no such
    container; init containers count."""
    spec = (found.spec.get("template") or {}).get("spec") or {}
    for part in ("containers", "initContainers"):
        for number, one in enumerate(spec.get(part) or ()):
            if one.get("name") == container:
                return [{"op": "replace", "path": f"/spec/template/spec/{part}/{number}/image", "value": image}]
    names = [one.get("name", "") for part in ("containers", "initContainers") for one in spec.get(part) or ()]
    raise Refused(f"the template has no container {container}; it has {', '.join(names)}")


def set_partition(found: Templates, partition: int) -> list[Operation]:
    """With a test that the strategy is what was seen. A strategy may lack its parameters: then 0 is what counts."""
    strategy = found.spec.get("updateStrategy") or {}
    rolling = strategy.get("rollingUpdate")
    seen = strategy_as_seen(found)
    if rolling is None:
        return [*seen, {"op": "add", "path": "/spec/updateStrategy/rollingUpdate", "value": {"partition": partition}}]
    return [*seen, {"op": "add", "path": "/spec/updateStrategy/rollingUpdate/partition", "value": partition}]


def annotate(found: Templates, name: str, value: str | None) -> list[Operation]:
    """Write an annotation of the set (None: take it away), with a test that it is as it was seen."""
    metadata = found.raw.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    path = f"/metadata/annotations/{_escaped(name)}"
    if name in annotations:
        change: Operation = {"op": "remove", "path": path} if value is None else {}
        return [tests(path, annotations[name]), change or {"op": "replace", "path": path, "value": value}]
    if value is None:
        return []
    if annotations:
        return [{"op": "add", "path": path, "value": value}]
    # There is nothing to add it to, and no test that there still is not but this one.
    seen = tests("/metadata/resourceVersion", metadata.get("resourceVersion"))
    return [seen, {"op": "add", "path": "/metadata/annotations", "value": {name: value}}]


def _escaped(name: str) -> str:
    """As a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
