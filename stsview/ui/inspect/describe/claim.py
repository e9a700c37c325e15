"""A PersistentVolumeClaim."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, joint, life, rest, selector_words
from stsview.ui.inspect.describe.writer import DescribeWriter, words
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans


def describe_claim(writer: DescribeWriter, claim: JsonValue, description: Description) -> None:
    spec, status = claim.at("spec"), claim.at("status")
    phase = status.text("phase")
    source = spec.at("dataSourceRef") if spec.there("dataSourceRef") else spec.at("dataSource")
    writer.facts(
        [
            ("phase", words(phase, Role.BRIGHT if phase == "Bound" else Role.WARNING_STRONG)),
            ("volume", words(spec.text("volumeName"), Role.BRIGHT) or words("none yet", Role.DIM)),
            ("size", _size(spec, status)),
            ("class", _class(spec)),
            ("access", words(joint(status.texts("accessModes") or spec.texts("accessModes")))),
            ("made from", words(joint((source.text("kind"), source.text("name")), "/"))),
            ("selector", words(selector_words(spec.at("selector")))),
            (
                "resizing",
                words(joint(f"{name} {one.text()}" for name, one in status.pairs("allocatedResourceStatuses"))),
            ),
            *life(writer, claim),
        ]
    )
    conditions(writer, claim)
    annotations = claim.at("metadata", "annotations")
    rest(
        writer,
        claim,
        [
            ("mode", words(spec.text("volumeMode"))),
            ("node", words(annotations.text("volume.kubernetes.io/selected-node"))),
            ("provisioner", words(annotations.text("volume.kubernetes.io/storage-provisioner"))),
        ],
    )


def _size(spec: JsonValue, status: JsonValue) -> Spans:
    has, wants = status.text("capacity", "storage"), spec.text("resources", "requests", "storage")
    if not has or has == wants:
        return words(wants)
    return join_spans([words(has, Role.BRIGHT), ((f"wants {wants}", Role.TEXT),)], ("  ", Role.DIM))


def _class(spec: JsonValue) -> Spans:
    if not spec.there("storageClassName"):
        return words("the default", Role.DIM)
    return words(spec.text("storageClassName")) or words("none wanted", Role.DIM)
