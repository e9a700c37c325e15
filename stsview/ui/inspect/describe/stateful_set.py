"""A StatefulSet."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, joint, life, rest, selector_words
from stsview.ui.inspect.describe.containers import describe_containers
from stsview.ui.inspect.describe.pod import describe_scheduling, describe_volumes
from stsview.ui.inspect.describe.writer import DescribeWriter, Fact, words
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans


def describe_stateful_set(writer: DescribeWriter, one: JsonValue, description: Description) -> None:
    spec, status = one.at("spec"), one.at("status")
    retention = spec.at("persistentVolumeClaimRetentionPolicy")
    kept = joint(
        f"when {word} {retention.text(field)}"
        for word, field in (("deleted", "whenDeleted"), ("scaled", "whenScaled"))
        if retention.there(field)
    )
    writer.facts(
        [
            ("replicas", _replicas(spec, status)),
            ("service", words(spec.text("serviceName"), Role.BRIGHT)),
            ("update", _strategy(spec.at("updateStrategy"))),
            ("order", words(spec.text("podManagementPolicy") or "OrderedReady")),
            *_revisions(status),
            ("available", words(_after(spec.text("minReadySeconds")))),
            ("claims kept", words(kept)),
            ("ordinals", words(f"from {spec.text('ordinals', 'start')}" if spec.there("ordinals", "start") else "")),
            *life(writer, one),
        ]
    )
    conditions(writer, one)
    template = spec.at("template", "spec")
    describe_containers(writer, template)
    _claim_templates(writer, spec)
    describe_volumes(writer, template)
    describe_scheduling(writer, template)
    rest(
        writer,
        one,
        [
            ("selector", words(selector_words(spec.at("selector")))),
            ("generation", _generation(one)),
            ("history", words(_revisions_kept(spec.text("revisionHistoryLimit")))),
        ],
    )


def _replicas(spec: JsonValue, status: JsonValue) -> Spans:
    wanted = spec.text("replicas") or "1"
    there = joint(
        f"{status.text(field)} {word}"
        for field, word in (
            ("replicas", "there"),
            ("readyReplicas", "ready"),
            ("availableReplicas", "available"),
            ("updatedReplicas", "updated"),
        )
        if status.there(field)
    )
    return join_spans([((wanted, Role.BRIGHT), (" wanted", Role.DIM)), words(there)], (", ", Role.DIM))


def _strategy(strategy: JsonValue) -> Spans:
    rolling = strategy.at("rollingUpdate")
    details = joint(
        f"{word} {rolling.text(field)}"
        for field, word in (("partition", "partition"), ("maxUnavailable", "max unavailable"))
        if rolling.there(field) and rolling.text(field) != "0"
    )
    return join_spans([words(strategy.text("type") or "RollingUpdate"), words(details)], (", ", Role.DIM))


def _revisions(status: JsonValue) -> list[Fact]:
    current, update = status.text("currentRevision"), status.text("updateRevision")
    if current == update:
        return [("revision", words(current))]
    return [("revision", words(current)), ("to be", words(update, Role.PROGRESSING))]


def _after(seconds: str) -> str:
    return f"once ready for {seconds} s" if seconds not in ("", "0") else ""


def _revisions_kept(limit: str) -> str:
    return f"{limit} revisions kept" if limit else ""


def _generation(one: JsonValue) -> Spans:
    made, seen = one.text("metadata", "generation"), one.text("status", "observedGeneration")
    if made == seen:
        return words(made, Role.DIM)
    return ((made, Role.TEXT), (f"  the controller has seen {seen or 'none'}", Role.WARNING))


def _claim_templates(writer: DescribeWriter, spec: JsonValue) -> None:
    found = spec.items("volumeClaimTemplates")
    if not found:
        return
    writer.heading("claim templates")
    rows = []
    for one in found:
        wanted = one.at("spec")
        size = wanted.text("resources", "requests", "storage")
        storage_class = wanted.text("storageClassName")
        rows.append(
            (
                words(one.text("metadata", "name"), Role.BRIGHT),
                words(size),
                words(f"class {storage_class}" if storage_class else "default class", Role.TEXT),
                words(joint(wanted.texts("accessModes")), Role.DIM),
            )
        )
    writer.table(rows)
