"""Describe sheet of a StatefulSet."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, join_text, lifecycle_fields, other_section, selector_text
from stsview.ui.inspect.describe.containers import describe_containers
from stsview.ui.inspect.describe.pod import describe_scheduling, describe_volumes
from stsview.ui.inspect.describe.writer import DescribeWriter, Field, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans


def describe_stateful_set(writer: DescribeWriter, one: JsonValue, description: Description) -> None:
    spec, status = one.at("spec"), one.at("status")
    retention = spec.at("persistentVolumeClaimRetentionPolicy")
    retention_text = join_text(
        f"{field} {retention.text(field)}" for field in ("whenDeleted", "whenScaled") if retention.exists(field)
    )
    writer.fields(
        [
            ("replicas", _replicas(spec, status)),
            ("service", styled(spec.text("serviceName"), Role.BRIGHT)),
            ("strategy", _strategy(spec.at("updateStrategy"))),
            ("management", styled(spec.text("podManagementPolicy") or "OrderedReady")),
            *_revisions(status),
            ("min ready", styled(_min_ready(spec.text("minReadySeconds")))),
            ("PVC policy", styled(retention_text)),
            (
                "ordinals",
                styled(f"start at {spec.text('ordinals', 'start')}" if spec.exists("ordinals", "start") else ""),
            ),
            *lifecycle_fields(writer, one),
        ]
    )
    conditions(writer, one)
    template = spec.at("template", "spec")
    describe_containers(writer, template)
    _claim_templates(writer, spec)
    describe_volumes(writer, template)
    describe_scheduling(writer, template)
    other_section(
        writer,
        one,
        [
            ("selector", styled(selector_text(spec.at("selector")))),
            ("generation", _generation(one)),
            ("history", styled(_history_limit(spec.text("revisionHistoryLimit")))),
        ],
    )


def _replicas(spec: JsonValue, status: JsonValue) -> Spans:
    desired = spec.text("replicas") or "1"
    counts = join_text(
        f"{status.text(field)} {word}"
        for field, word in (
            ("replicas", "current"),
            ("readyReplicas", "ready"),
            ("availableReplicas", "available"),
            ("updatedReplicas", "updated"),
        )
        if status.exists(field)
    )
    return join_spans([((desired, Role.BRIGHT), (" desired", Role.DIM)), styled(counts)], (", ", Role.DIM))


def _strategy(strategy: JsonValue) -> Spans:
    rolling = strategy.at("rollingUpdate")
    details = join_text(
        f"{word} {rolling.text(field)}"
        for field, word in (("partition", "partition"), ("maxUnavailable", "max unavailable"))
        if rolling.exists(field) and rolling.text(field) != "0"
    )
    return join_spans([styled(strategy.text("type") or "RollingUpdate"), styled(details)], (", ", Role.DIM))


def _revisions(status: JsonValue) -> list[Field]:
    current, update = status.text("currentRevision"), status.text("updateRevision")
    if current == update:
        return [("revision", styled(current))]
    return [("current rev", styled(current)), ("update rev", styled(update, Role.PROGRESSING))]


def _min_ready(seconds: str) -> str:
    return f"{seconds} s" if seconds not in ("", "0") else ""


def _history_limit(limit: str) -> str:
    return f"{limit} revisions" if limit else ""


def _generation(one: JsonValue) -> Spans:
    made, seen = one.text("metadata", "generation"), one.text("status", "observedGeneration")
    if made == seen:
        return styled(made, Role.DIM)
    return ((made, Role.TEXT), (f"  observed {seen or 'none'}", Role.WARNING))


def _claim_templates(writer: DescribeWriter, spec: JsonValue) -> None:
    items = spec.items("volumeClaimTemplates")
    if not items:
        return
    writer.heading("volume claim templates")
    rows = []
    for one in items:
        claim_spec = one.at("spec")
        size = claim_spec.text("resources", "requests", "storage")
        storage_class = claim_spec.text("storageClassName")
        rows.append(
            (
                styled(one.text("metadata", "name"), Role.BRIGHT),
                styled(size),
                styled(f"class {storage_class}" if storage_class else "default class", Role.TEXT),
                styled(join_text(claim_spec.texts("accessModes")), Role.DIM),
            )
        )
    writer.table(rows)
