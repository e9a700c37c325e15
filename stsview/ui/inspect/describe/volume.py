"""A PersistentVolume."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import joint, life, rest, selector_words
from stsview.ui.inspect.describe.writer import DescribeWriter, Fact, words
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans

_NO_SOURCE = frozenset(
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
"""Fields of the spec that are not the one that says where the volume comes from."""


def describe_volume(writer: DescribeWriter, volume: JsonValue, description: Description) -> None:
    spec, status = volume.at("spec"), volume.at("status")
    phase, claim = status.text("phase"), spec.at("claimRef")
    writer.facts(
        [
            ("phase", words(phase, Role.BRIGHT if phase == "Bound" else Role.WARNING_STRONG)),
            (
                "why",
                join_spans(
                    [words(status.text("reason"), Role.DEGRADED), words(status.text("message"))], ("  ", Role.DIM)
                ),
            ),
            ("claim", _claim(claim)),
            ("size", words(spec.text("capacity", "storage"), Role.BRIGHT)),
            ("class", words(spec.text("storageClassName")) or words("none", Role.DIM)),
            ("reclaim", words(spec.text("persistentVolumeReclaimPolicy"))),
            ("access", words(joint(spec.texts("accessModes")))),
            ("mode", words(spec.text("volumeMode"))),
            ("mounted with", words(joint(spec.texts("mountOptions")))),
            *life(writer, volume),
        ]
    )
    terms = [selector_words(one) for one in spec.items("nodeAffinity", "required", "nodeSelectorTerms")]
    if any(terms):
        writer.heading("where it can be mounted")
        for number, term in enumerate(terms):
            writer.text((("or " if number else "nodes with ", Role.DIM), (term, Role.TEXT)), 2)
    writer.heading("where it comes from")
    for label, said in _source(spec):
        writer.fact(label, said, 2)
    rest(writer, volume)


def _claim(claim: JsonValue) -> Spans:
    if not claim.there():
        return words("none", Role.DIM)
    name = joint((claim.text("namespace"), claim.text("name")), "/")
    return join_spans([words(name, Role.BRIGHT), words(f"uid {claim.text('uid')}", Role.DIM)], ("  ", Role.DIM))


def _source(spec: JsonValue) -> Iterator[Fact]:
    for field, source in spec.pairs():
        if field in _NO_SOURCE:
            continue
        yield "kind", words(field, Role.BRIGHT)
        for name, value in source.pairs():
            # What lets a driver in stands in Secrets; here are only their names, and they are nobody's business.
            if not name.endswith("SecretRef"):
                yield name, words(value.text() or joint(f"{key}={one.text()}" for key, one in value.pairs()))
