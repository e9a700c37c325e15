"""Describe sheet of a PersistentVolume."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import join_text, lifecycle_fields, other_section, selector_text
from stsview.ui.inspect.describe.writer import DescribeWriter, Field, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans

_NOT_SOURCES = frozenset(
    {
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    }
)
"""Fields of the spec other than the volume source."""


def describe_volume(writer: DescribeWriter, volume: JsonValue, description: Description) -> None:
    spec, status = volume.at("spec"), volume.at("status")
    phase, claim = status.text("phase"), spec.at("claimRef")
    writer.fields(
        [
            ("phase", styled(phase, Role.BRIGHT if phase == "Bound" else Role.WARNING_STRONG)),
            (
                "reason",
                join_spans(
                    [styled(status.text("reason"), Role.DEGRADED), styled(status.text("message"))], ("  ", Role.DIM)
                ),
            ),
            ("claim", _claim(claim)),
            ("size", styled(spec.text("capacity", "storage"), Role.BRIGHT)),
            ("class", styled(spec.text("storageClassName")) or styled("none", Role.DIM)),
            ("reclaim", styled(spec.text("persistentVolumeReclaimPolicy"))),
            ("access", styled(join_text(spec.texts("accessModes")))),
            ("mode", styled(spec.text("volumeMode"))),
            ("mount options", styled(join_text(spec.texts("mountOptions")))),
            *lifecycle_fields(writer, volume),
        ]
    )
    terms = [selector_text(one) for one in spec.items("nodeAffinity", "required", "nodeSelectorTerms")]
    if any(terms):
        writer.heading("node affinity")
        for number, term in enumerate(terms):
            writer.text((("or " if number else "nodes with ", Role.DIM), (term, Role.TEXT)), 2)
    writer.heading("source")
    for label, value in _source(spec):
        writer.field(label, value, 2)
    other_section(writer, volume)


def _claim(claim: JsonValue) -> Spans:
    if not claim.exists():
        return styled("none", Role.DIM)
    name = join_text((claim.text("namespace"), claim.text("name")), "/")
    return join_spans([styled(name, Role.BRIGHT), styled(f"uid {claim.text('uid')}", Role.DIM)], ("  ", Role.DIM))


def _source(spec: JsonValue) -> Iterator[Field]:
    for field, source in spec.pairs():
        if field in _NOT_SOURCES:
            continue
        yield "kind", styled(field, Role.BRIGHT)
        for name, value in source.pairs():
            # Secret references hold only names, but name where a driver's credentials are: leave them out.
            if not name.endswith("SecretRef"):
                yield name, styled(value.text() or join_text(f"{key}={one.text()}" for key, one in value.pairs()))
