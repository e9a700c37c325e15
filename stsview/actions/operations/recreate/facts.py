"""What a recreation rests on, read from the server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.operations.recreate.changes import BadChange, Field, FieldChange, Manifest, Recreation, changed
from stsview.actions.operations.recreate.journal import Unfinished, manifest_path, unfinished
from stsview.actions.operations.recreate.manifest import cleaned
from stsview.actions.operations.recreate.requests import (
    create_request,
    delete_request,
    retain_request,
)
from stsview.actions.plan import Check, Result
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.changed_meanwhile import no_longer_exists
from stsview.cluster.errors import ClusterError, NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.model.action_id import ActionId
from stsview.model.names import listed
from stsview.model.rights import When
from stsview.model.settings import ModelSettings
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLASSES, FULL_REVISIONS, REPLICASETS, SERVICES, STATEFULSETS
from stsview.objects.meta import SELECTS_NOTHING, BasicMeta, Key, LabelSelector
from stsview.objects.network import Service
from stsview.objects.pod import Pod
from stsview.objects.statefulset import RecordedRevision

_JSON: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


class RecreationFacts(msgspec.Struct, frozen=True):
    recreation: Recreation
    fresh: FreshState
    old: Manifest
    """The present set, as it could be created again."""
    new: Manifest
    """With the changes made; equal to `old` where they cannot be made."""
    fault: str
    """Why the changes cannot be made; empty where they can."""
    revisions: tuple[RecordedRevision, ...]
    """Those that the set owns, the newest last."""
    revisions_unread: str
    """Why they could not be read; empty where they could."""
    access_checks: tuple[Check, ...]
    """Rights and dry runs."""
    value_checks: tuple[Check, ...]
    """Whether what the new values name exists, and others would adopt the pods."""
    begun: Unfinished | None
    manifest_path: Path
    """Where the manifest is saved."""
    settings: ModelSettings

    @property
    def key(self) -> Key:
        return self.recreation.set

    @property
    def template(self) -> dict[str, Any]:
        template: dict[str, Any] = (self.old.get("spec") or {}).get("template") or {}
        return template

    @property
    def pods(self) -> list[Pod]:
        """The pods that the set owns, in the order of their ordinals."""
        return pods_of(self.fresh)

    @property
    def claims(self) -> list[PersistentVolumeClaim]:
        """The claims of its pods and of its templates, by name."""
        return [self.fresh.objects.claims[name] for name in sorted(self.fresh.objects.claims)]

    @property
    def owned_claims(self) -> list[str]:
        """Names of the claims that name the set as their owner: they are deleted with it."""
        uid = self.fresh.set.metadata.uid
        return [
            one.metadata.name for one in self.claims if any(owner.uid == uid for owner in one.metadata.owner_references)
        ]

    @property
    def detaches(self) -> bool:
        """Whether whenDeleted has to be Retain first."""
        policy = self.fresh.set.spec.persistent_volume_claim_retention_policy
        return policy.when_deleted != "Retain" or bool(self.owned_claims)


def pods_of(fresh: FreshState) -> list[Pod]:
    """The pods that the set owns, in the order of their ordinals."""
    uid = fresh.set.metadata.uid
    owned = [
        pod
        for pod in fresh.objects.pods.values()
        if pod.metadata.controller is not None and pod.metadata.controller.uid == uid
    ]
    return sorted(owned, key=lambda pod: (len(pod.metadata.name), pod.metadata.name))


async def read_manifest(session: Session, key: Key) -> dict[str, Any]:
    """The set as the server has it. Raises `NotFound` and other `ClusterError`s."""
    return await session.get_json(STATEFULSETS.path(key.namespace, key.name), _JSON)


async def read_revisions(session: Session, namespace: str, selector: str) -> list[RecordedRevision]:
    """The revisions that a selector finds, with their data, the newest last. Raises `ClusterError`."""
    listing = await list_all(session, replace(FULL_REVISIONS, label_selector=selector), namespace, lambda *_: None)
    found = [one for one in listing.objects if isinstance(one, RecordedRevision)]
    return sorted(found, key=lambda one: (one.revision, one.metadata.name))


async def gather(session: Session, recreation: Recreation, plan_context: PlanContext) -> RecreationFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`. Sends only reads, access reviews and dry runs."""
    key = recreation.set
    try:
        raw = await read_manifest(session, key)
    except NotFound as error:
        raise Refused(no_longer_exists(f"StatefulSet {key}")) from error
    fresh = await read_fresh_state(session, key, plan_context.settings)
    begun = unfinished(plan_context.state_folder, key, recreation.set_uid, [pod.metadata.uid for pod in pods_of(fresh)])
    old = _with_policy_of(begun, recreation.set_uid, cleaned(raw))
    try:
        new, fault = changed(old, recreation.changes), ""
    except BadChange as error:
        new, fault = old, str(error)
    revisions, unread = await _revisions(session, fresh)
    facts = RecreationFacts(
        recreation,
        fresh,
        old,
        new,
        fault,
        revisions,
        unread,
        (),
        (*await _adopters(session, fresh), *await _values(session, recreation)),
        begun,
        manifest_path(plan_context.state_folder, recreation.set_uid),
        plan_context.settings,
    )
    return replace(facts, access_checks=await _access(session, facts))


def _with_policy_of(begun: Unfinished | None, uid: str, manifest: Manifest) -> Manifest:
    """The manifest with the whenDeleted from before an interrupted recreation, which set it to Retain."""
    if begun is not None and begun.journal.uid == uid:
        policy = (begun.journal.old.get("spec") or {}).get("persistentVolumeClaimRetentionPolicy")
        if policy:
            manifest["spec"]["persistentVolumeClaimRetentionPolicy"] = dict(policy)
    return manifest


async def _revisions(session: Session, fresh: FreshState) -> tuple[tuple[RecordedRevision, ...], str]:
    uid = fresh.set.metadata.uid
    try:
        found = await read_revisions(session, fresh.set.metadata.namespace, fresh.set.spec.selector.text)
    except ClusterError as error:
        return (), str(error)
    owned = [one for one in found if one.metadata.controller is not None and one.metadata.controller.uid == uid]
    return tuple(owned), ""


async def _access(session: Session, facts: RecreationFacts) -> tuple[Check, ...]:
    when = {When.RETENTION} if facts.detaches else ()
    allowed = await rights(session, ActionId.RECREATE, facts.key.namespace, when)
    if session.gate.closed or facts.fault:
        return allowed
    tried = [_named(await dry_run(session, delete_request(facts.key, facts.recreation.set_uid)), "dry-run-delete")]
    created = await dry_run(session, create_request(facts.key, facts.new, facts.recreation.set_uid), existing=True)
    tried.append(_named(created, "dry-run-create"))
    if facts.detaches:
        retained = await dry_run(session, retain_request(facts.key, facts.recreation.set_uid))
        tried.append(_named(retained, "dry-run-retain"))
    return (*allowed, *tried)


_WHAT = {
    "dry-run-delete": "deletion",
    "dry-run-create": "creation",
    "dry-run-retain": "retention policy",
}


def _named(check: Check, id_: str) -> Check:
    """The check of one of several dry runs.

    What cannot be tried must not be begun: after the deletion it would be too late.
    """
    return replace(check, id=id_, words=f"{_WHAT[id_]}: {check.words}", required=True)


async def _values(session: Session, recreation: Recreation) -> tuple[Check, ...]:
    made = [_value(session, recreation.set.namespace, change) for change in recreation.changes]
    return tuple(check for check in await asyncio.gather(*made) if check is not None)


class _AdopterSpec(msgspec.Struct, frozen=True):
    selector: LabelSelector = SELECTS_NOTHING


class _Adopter(msgspec.Struct, frozen=True):
    metadata: BasicMeta
    spec: _AdopterSpec


class _Adopters(msgspec.Struct, frozen=True):
    items: tuple[_Adopter, ...] = ()


_ADOPTERS = msgspec.json.Decoder(_Adopters)


async def _adopters(session: Session, fresh: FreshState) -> tuple[Check, ...]:
    """Whether a ReplicaSet would adopt the pods while they have no owner, and remove those beyond its replicas.

    It adopts every pod without an owner that it selects (pkg/controller/controller_ref_manager.go). Those of a
    Deployment select a label that only their own pods have. Nothing where the server has no ReplicaSets.
    """
    namespace = fresh.set.metadata.namespace
    try:
        found = await session.get_json(REPLICASETS.path(namespace), _ADOPTERS)
    except NotFound:
        return ()
    except ClusterError as error:
        return (Check("adopters", Result.UNKNOWN, f"cannot tell whether a ReplicaSet would adopt the pods: {error}"),)
    pods = pods_of(fresh)
    names = [
        one.metadata.name for one in found.items if any(one.spec.selector.matches(pod.metadata.labels) for pod in pods)
    ]
    if names:
        words = f"ReplicaSet {listed(names)} selects its pods, and would adopt them while the set is gone"
        return (Check("adopters", Result.FAIL, words),)
    return (Check("adopters", Result.PASS, "no ReplicaSet selects its pods"),)


async def _value(session: Session, namespace: str, change: FieldChange) -> Check | None:
    """Whether the object that a value names exists; None for a value that names none."""
    if change.field is Field.SERVICE_NAME and change.value:
        try:
            service = await session.get(SERVICES, namespace, change.value)
        except NotFound:
            words = f"Service {change.value} does not exist: the pods have no DNS names until it does"
            return Check("service", Result.WARN, words)
        except ClusterError as error:
            return Check("service", Result.UNKNOWN, f"cannot read Service {change.value}: {error}")
        if isinstance(service, Service) and not service.headless:
            return Check("service", Result.WARN, f"Service {change.value} is not headless: it gives no pod a DNS name")
        return Check("service", Result.PASS, f"Service {change.value} exists and is headless")
    if change.field is Field.STORAGE_CLASS:
        try:
            await session.get(CLASSES, "", change.value)
        except NotFound:
            words = f"StorageClass {change.value} does not exist: PVCs of new ordinals would stay Pending"
            return Check("storage-class", Result.FAIL, words, overridable=True)
        except ClusterError as error:
            return Check("storage-class", Result.UNKNOWN, f"cannot read StorageClass {change.value}: {error}")
        return Check("storage-class", Result.PASS, f"StorageClass {change.value} exists")
    return None
