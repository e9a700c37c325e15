"""autoscaling/v2 HorizontalPodAutoscaler: its target and bounds only."""

from __future__ import annotations

from stsview.objects.meta import BasicMeta, Struct


class ScaleTarget(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    api_version: str = ""


class AutoscalerSpec(Struct, frozen=True):
    scale_target_ref: ScaleTarget = ScaleTarget()
    min_replicas: int = 1
    max_replicas: int = 0


class HorizontalPodAutoscaler(Struct, frozen=True):
    metadata: BasicMeta
    spec: AutoscalerSpec = AutoscalerSpec()
