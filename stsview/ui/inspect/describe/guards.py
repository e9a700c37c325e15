"""Describe sheets of what limits or sets the number of pods: PodDisruptionBudgets and HorizontalPodAutoscalers."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, join_text, lifecycle_fields, other_section, selector_text
from stsview.ui.inspect.describe.writer import DescribeWriter, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.roles import Role


def describe_budget(writer: DescribeWriter, budget: JsonValue, description: Description) -> None:
    spec, status = budget.at("spec"), budget.at("status")
    allowed = status.text("disruptionsAllowed")
    writer.fields(
        [
            ("allowed now", styled(allowed, Role.WARNING_STRONG if allowed == "0" else Role.BRIGHT)),
            ("max down", styled(spec.text("maxUnavailable"))),
            ("min up", styled(spec.text("minAvailable"))),
            ("healthy", styled(join_text((status.text("currentHealthy"), status.text("expectedPods")), " of "))),
            ("needed", styled(status.text("desiredHealthy"))),
            ("selector", styled(selector_text(spec.at("selector")))),
            ("unhealthy", styled(spec.text("unhealthyPodEvictionPolicy"))),
            *lifecycle_fields(writer, budget),
        ]
    )
    conditions(writer, budget)
    other_section(writer, budget, [])


def describe_autoscaler(writer: DescribeWriter, autoscaler: JsonValue, description: Description) -> None:
    spec, status = autoscaler.at("spec"), autoscaler.at("status")
    target = spec.at("scaleTargetRef")
    writer.fields(
        [
            ("scales", styled(join_text((target.text("kind"), target.text("name")), " "), Role.BRIGHT)),
            ("bounds", styled(join_text((spec.text("minReplicas"), spec.text("maxReplicas")), " to "))),
            ("replicas", styled(status.text("currentReplicas"))),
            ("desired", styled(status.text("desiredReplicas"))),
            *lifecycle_fields(writer, autoscaler),
        ]
    )
    conditions(writer, autoscaler)
    other_section(writer, autoscaler, [])
