"""A PersistentVolumeClaim."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, joint, life, rest, selector_words
from stsview.ui.inspect.describe.sheet import Sheet, words
from stsview.ui.inspect.json_tree import Tree
from stsview.ui.kit.look.phrases import joined
from stsview.ui.kit.look.roles import Role, Spans


def describe_claim(sheet: Sheet, claim: Tree, description: Description) -> None:
    spec, status = claim.at("spec"), claim.at("status")
    phase = status.text("phase")
    source = spec.at("dataSourceRef") if spec.there("dataSourceRef") else spec.at("dataSource")
    sheet.facts(
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
            *life(sheet, claim),
        ]
    )
    conditions(sheet, claim)
    annotations = claim.at("metadata", "annotations")
    rest(
        sheet,
        claim,
        [
            ("mode", words(spec.text("volumeMode"))),
            ("node", words(annotations.text("volume.kubernetes.io/selected-node"))),
            ("provisioner", words(annotations.text("volume.kubernetes.io/storage-provisioner"))),
        ],
    )


def _size(spec: Tree, status: Tree) -> Spans:
    has, wants = status.text("capacity", "storage"), spec.text("resources", "requests", "storage")
    if not has or has == wants:
        return words(wants)
    return joined([words(has, Role.BRIGHT), ((f"wants {wants}", Role.TEXT),)], ("  ", Role.DIM))


def _class(spec: Tree) -> Spans:
    if not spec.there("storageClassName"):
        return words("the default", Role.DIM)
    return words(spec.text("storageClassName")) or words("none wanted", Role.DIM)
