"""What a growth does to each claim, or why it does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from stsview.actions.intents import Grow
from stsview.actions.plan import ClaimStep, Deed
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.changed_meanwhile import being_deleted, no_longer_exists, recreated
from stsview.model.explain.hazards import claimant, reserved_for_other
from stsview.model.names import claim_name, pod_name
from stsview.model.rollout.rollout_outcome import PATIENCE_SECONDS
from stsview.model.storage.resizes import Resize, ResizeStage, resize_of
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS, VOLUMES
from stsview.objects.pod import Pod
from stsview.objects.quantity import parse_bytes
from stsview.objects.statefulset import ClaimTemplate
from stsview.objects.volume import PersistentVolume, StorageClass

Classes = Mapping[str, StorageClass | str | None]
"""By name: the class, why it could not be read, or None where there is none of that name."""


class Target(msgspec.Struct, frozen=True):
    """The claim template that an intent is about."""

    template: ClaimTemplate | None
    """None where the intent names none of the set."""
    fault: str = ""
    """Why there is none, and what to do; empty where there is one."""

    @property
    def name(self) -> str:
        return self.template.metadata.name if self.template is not None else ""

    @property
    def size(self) -> str:
        """The size that the template asks for; empty where it asks for none."""
        return self.template.spec.resources.requests.get("storage", "") if self.template is not None else ""


def target_of(fresh: FreshState, intent: Grow) -> Target:
    templates = fresh.set.spec.volume_claim_templates
    names = [template.metadata.name for template in templates]
    if not templates:
        return Target(None, f"{fresh.view.name} has no claim template: its pods have no PVCs of their own")
    if not intent.claim:
        if len(templates) > 1:
            return Target(None, f"choose a claim template with --claim: {', '.join(names)}")
        return Target(templates[0])
    found = next((template for template in templates if template.metadata.name == intent.claim), None)
    if found is None:
        return Target(None, f"{fresh.view.name} has no claim template {intent.claim}, only {', '.join(names)}")
    return Target(found)


def ordinals_of(fresh: FreshState, intent: Grow) -> tuple[tuple[int, ...], str]:
    """The ordinals whose claims are to grow, in their order, and why that is not possible; empty where it is."""
    start, replicas = fresh.set.first_ordinal, fresh.set.spec.replicas
    present = range(start, start + replicas)
    if not replicas:
        return (), "it has no replicas: there is no PVC in use"
    if unknown := [ordinal for ordinal in intent.ordinals if ordinal not in present]:
        return (), f"there is no ordinal {unknown[0]}, only {start} to {start + replicas - 1}"
    return intent.ordinals or tuple(reversed(present)), ""


def claim_steps(fresh: FreshState, classes: Classes, intent: Grow, target: Target) -> tuple[ClaimStep, ...]:
    """The step of each claim that the intent names, in the order of the growth; none where it names none."""
    if target.template is None or fresh.unread(CLAIMS):
        return ()
    ordinals, _ = ordinals_of(fresh, intent)
    return tuple(_step(fresh, classes, intent, target.template, ordinal) for ordinal in ordinals)


def _step(fresh: FreshState, classes: Classes, intent: Grow, template: ClaimTemplate, ordinal: int) -> ClaimStep:
    set_name = fresh.view.name
    name, pod = claim_name(template.metadata.name, set_name, ordinal), pod_name(set_name, ordinal)
    claim = fresh.objects.claims.get(name)
    if claim is None:
        return ClaimStep(ordinal, pod, name, Deed.REFUSE, why=f"{name} does not exist")
    volume = fresh.objects.volumes.get(claim.spec.volume_name)
    resize = resize_of(claim)
    deed, why = _deed(claim, volume, resize, intent.size)
    if deed in (Deed.EXPAND, Deed.FOLLOW) and (problem := _not_expandable(claim, classes)):
        deed, why = Deed.REFUSE, problem
    if deed is not Deed.REFUSE and volume is None and not fresh.unread(VOLUMES):
        deed, why = Deed.REFUSE, f"volume {claim.spec.volume_name} of {name} does not exist"
    return ClaimStep(
        ordinal,
        pod,
        name,
        deed,
        claim.metadata.uid,
        claim.spec.volume_name,
        claim.storage_class or "",
        claim.spec.resources.requests.get("storage", ""),
        claim.status.capacity.get("storage", ""),
        why,
        "; ".join(_unknown(fresh, claim, volume, classes)),
        claim.spec.volume_mode != "Block",
        deed is Deed.FOLLOW and has_to_restart(resize, fresh.objects.pods.get(pod), fresh.at),
        "; ".join(_details(claim, resize, template)),
    )


def _deed(claim: PersistentVolumeClaim, volume: PersistentVolume | None, resize: Resize, size: str) -> tuple[Deed, str]:
    """What is done to a claim, and why it is refused."""
    name = claim.metadata.name
    wanted = parse_bytes(size)
    if why := unusable(claim, volume):
        return Deed.REFUSE, why
    if wanted is None:
        return Deed.REFUSE, f"{size} is no size"
    if resize.requested is None or resize.capacity is None:
        return Deed.REFUSE, f"{name} does not say how large it is"
    requested, capacity = claim.spec.resources.requests["storage"], claim.status.capacity["storage"]
    if wanted < resize.capacity and resize.requested <= resize.capacity:
        return Deed.REFUSE, f"{name} has {capacity}: a volume cannot shrink"
    if wanted < resize.capacity:
        return Deed.REFUSE, f"the volume of {name} has {capacity} already, and cannot shrink"
    follows = wanted == resize.requested and resize.stage is not ResizeStage.INFEASIBLE
    if resize.on_node and resize.stage.failed and not follows:
        words = f"the volume of {name} has grown to {requested}, and its file system fails{_because(resize)}"
        return Deed.REFUSE, words
    if wanted < resize.requested:
        # The API server accepts no request of the present size (pkg/apis/core/validation).
        if wanted == resize.capacity:
            return Deed.REFUSE, f"{name} has {capacity} already: its request can only be lowered to more than that"
        if resize.stage.failed:
            return Deed.LOWER, ""
        return Deed.REFUSE, f"{name} is being expanded to {requested}: wait until that is done"
    if wanted > resize.requested:
        return Deed.EXPAND, ""
    if resize.stage is ResizeStage.INFEASIBLE:
        return Deed.REFUSE, f"{name} cannot be expanded to {requested}{_because(resize)}: ask for less"
    return (Deed.NOTHING if resize.stage is ResizeStage.COMPLETE else Deed.FOLLOW), ""


def unusable(claim: PersistentVolumeClaim, volume: PersistentVolume | None) -> str:
    """Why a claim cannot grow whatever its size: `data-web-0 is being deleted`; empty where it can.

    `volume`: None where it is unknown, or there is none.
    """
    name = claim.metadata.name
    if claim.metadata.deletion_timestamp is not None:
        return being_deleted(name)
    if claim.status.phase == "Lost":
        return f"{name} has lost its volume"
    if claim.status.phase != "Bound":
        return f"{name} is bound to no volume yet"
    if volume is not None and reserved_for_other(volume, claim):
        return f"volume {volume.metadata.name} of {name} is reserved for {claimant(volume, claim)}"
    if volume is not None and volume.metadata.deletion_timestamp is not None:
        return f"volume {volume.metadata.name} of {name} is being deleted"
    return ""


def changed_claim(claim: PersistentVolumeClaim | None, step: ClaimStep) -> str:
    """How a claim is not the planned one any more; empty where it is."""
    if claim is None:
        return no_longer_exists(f"PVC {step.name}")
    if claim.metadata.uid != step.uid:
        return recreated(f"PVC {step.name}")
    if claim.spec.volume_name != step.volume:
        return f"PVC {step.name} has another volume now"
    return ""


def has_to_restart(resize: Resize, pod: Pod | None, now: datetime) -> bool:
    """Whether the file system of a claim grows only when its pod starts again.

    A file system that can grow online does so within seconds; one that cannot grows when a pod mounts it, as a pod does
    that started after the volume had grown.
    """
    if resize.stage is not ResizeStage.FILE_SYSTEM_PENDING or not mounted_before(resize, pod):
        return False
    lasted = now - resize.since if resize.since is not None else timedelta()
    return resize.in_use or lasted >= timedelta(seconds=PATIENCE_SECONDS)


def mounted_before(resize: Resize, pod: Pod | None) -> bool:
    """Whether a pod runs that mounted the volume before it had grown."""
    if pod is None or pod.metadata.deletion_timestamp is not None or pod.status.phase != "Running":
        return False
    created = pod.metadata.creation_timestamp
    return created is None or resize.since is None or created <= resize.since


def _because(resize: Resize) -> str:
    return f" ({resize.message})" if resize.message else ""


def _not_expandable(claim: PersistentVolumeClaim, classes: Classes) -> str:
    """Why the API server rejects an expansion (plugin/pkg/admission/storage/persistentvolume/resize)."""
    name = claim.storage_class
    if not name:
        return f"{claim.metadata.name} has no StorageClass, so it cannot be expanded"
    found = classes.get(name)
    if isinstance(found, str):
        return ""
    if found is None:
        return f"StorageClass {name} of {claim.metadata.name} does not exist, so it cannot be expanded"
    if not found.allow_volume_expansion:
        return f"StorageClass {name} of {claim.metadata.name} does not allow expansion (allowVolumeExpansion)"
    return ""


def _unknown(
    fresh: FreshState, claim: PersistentVolumeClaim, volume: PersistentVolume | None, classes: Classes
) -> Iterator[str]:
    if claim.storage_class and isinstance(why := classes.get(claim.storage_class), str):
        yield f"whether StorageClass {claim.storage_class} allows expansion: {why}"
    if volume is None and (why := fresh.unread(VOLUMES)):
        yield f"the volumes: {why}"


def _details(claim: PersistentVolumeClaim, resize: Resize, template: ClaimTemplate) -> Iterator[str]:
    if resize.stage is not ResizeStage.COMPLETE and claim.status.phase == "Bound":
        yield f"{resize.stage.value}{_because(resize)}"
    has, wanted = claim.spec.resources.requests.get("storage", ""), template.spec.resources.requests.get("storage", "")
    if parse_bytes(has) != parse_bytes(wanted):
        yield f"the template has {wanted or 'no size'}"
