"""The settings of a simulated cluster, apart from its scenario."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.controllers.volumes import NO_PROVISIONER, ProvisionerSettings
from stsview.simulator.latencies import Latencies
from stsview.simulator.nodes.node_specs import NodeSpec, node_specs

PROVISIONER = "csi.simulated.example"
"""The provisioner that always runs. Others run if a class of the settings names them."""


def storage_class(name: str, provisioner: str = PROVISIONER, **fields: Any) -> dict[str, Any]:
    """A StorageClass; `fields` override its defaults."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        **fields,
    }


def _classes() -> tuple[dict[str, Any], ...]:
    default = storage_class("standard", volumeBindingMode="WaitForFirstConsumer")
    default["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return (
        default,
        storage_class("my-fast-storage", volumeBindingMode="WaitForFirstConsumer"),
        storage_class("immediate", volumeBindingMode="Immediate"),
        storage_class("local", NO_PROVISIONER, volumeBindingMode="WaitForFirstConsumer", allowVolumeExpansion=False),
    )


@dataclass
class Settings:
    """What a cluster consists of, and how fast it is."""

    latencies: Latencies = field(default_factory=Latencies)
    nodes: tuple[NodeSpec, ...] = field(default_factory=lambda: node_specs(zones=3, per_zone=3))
    classes: tuple[dict[str, Any], ...] = field(default_factory=_classes)
    volumes: ProvisionerSettings = field(default_factory=ProvisionerSettings)
    preferred_node: Callable[[Object], str] | None = None
    """Names the node that a pod gets if it fits there; with None the scheduler spreads."""
    max_unavailable: MaxUnavailable = MaxUnavailable.OFF
    """How `rollingUpdate.maxUnavailable` is interpreted; when off, the API server drops the field."""
