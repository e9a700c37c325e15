"""Describe sheet of a PersistentVolumeClaim."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, join_text, lifecycle_fields, other_section, selector_text
from stsview.ui.inspect.describe.writer import DescribeWriter, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans


def describe_claim(writer: DescribeWriter, claim: JsonValue, description: Description) -> None:
    spec, status = claim.at("spec"), claim.at("status")
    phase = status.text("phase")
    source = spec.at("dataSourceRef") if spec.exists("dataSourceRef") else spec.at("dataSource")
    writer.fields(
        [
            ("phase", styled(phase, Role.BRIGHT if phase == "Bound" else Role.WARNING_STRONG)),
            ("volume", styled(spec.text("volumeName"), Role.BRIGHT) or styled("not bound", Role.DIM)),
            ("size", _size(spec, status)),
            ("class", _class(spec)),
            ("access", styled(join_text(status.texts("accessModes") or spec.texts("accessModes")))),
            ("data source", styled(join_text((source.text("kind"), source.text("name")), "/"))),
            ("selector", styled(selector_text(spec.at("selector")))),
            (
                "resizing",
                styled(join_text(f"{name} {one.text()}" for name, one in status.pairs("allocatedResourceStatuses"))),
            ),
            *lifecycle_fields(writer, claim),
        ]
    )
    conditions(writer, claim)
    annotations = claim.at("metadata", "annotations")
    other_section(
        writer,
        claim,
        [
            ("mode", styled(spec.text("volumeMode"))),
            ("node", styled(annotations.text("volume.kubernetes.io/selected-node"))),
            ("provisioner", styled(annotations.text("volume.kubernetes.io/storage-provisioner"))),
        ],
    )


def _size(spec: JsonValue, status: JsonValue) -> Spans:
    capacity, requested = status.text("capacity", "storage"), spec.text("resources", "requests", "storage")
    if not capacity or capacity == requested:
        return styled(requested)
    return join_spans([styled(capacity, Role.BRIGHT), ((f"requested {requested}", Role.TEXT),)], ("  ", Role.DIM))


def _class(spec: JsonValue) -> Spans:
    if not spec.exists("storageClassName"):
        return styled("default", Role.DIM)
    return styled(spec.text("storageClassName")) or styled("none", Role.DIM)
