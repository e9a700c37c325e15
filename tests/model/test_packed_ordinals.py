"""Packed ordinals are as good as those that were derived."""

from __future__ import annotations

import msgspec
import pytest

from stsview.cli.output.document import plain_value
from stsview.model.packed_ordinals import OrdinalsPacking, PackedOrdinals, whereabouts
from stsview.ui.fleet.fleet_filter import LANGUAGE
from tests.support.model.build import claim, crashing, look, node, pod, stateful_set, storage_class, terminating


def test_packed_ordinals_are_the_same_ordinals() -> None:
    pods = [pod(0), crashing(1), terminating(2, asked=5), pod(4)]
    view = look(stateful_set(4, min_ready_seconds=10), pods, 60, claims=[claim("data-web-0")])
    packing = OrdinalsPacking()
    packed = msgspec.structs.replace(view, ordinals=packing.pack(view.ordinals))
    assert isinstance(packed.ordinals, PackedOrdinals)
    assert packed == view
    assert view == packed
    assert packed.ordinals == packing.pack(view.ordinals)
    assert packed.ordinals != packing.pack(view.ordinals[1:])
    assert len(packed.ordinals) == 5
    assert (packed.ordinals[1], packed.ordinals[3:]) == (view.ordinals[1], view.ordinals[3:])
    assert view.ordinals[2] in packed.ordinals
    assert plain_value(packed) == plain_value(view)


def test_ordinals_that_cannot_be_packed_are_held_as_they_are() -> None:
    view = look(stateful_set(1), [pod(0)], 60)
    endless = (msgspec.structs.replace(view.ordinals[0], restarts=10**30),)
    assert OrdinalsPacking().pack(endless) is endless


@pytest.mark.parametrize("text", ["node:node-2", "zone:zone-b", "class:fast", "!node:node-1", "node:node-3"])
def test_a_filter_does_not_decode_packed_ordinals(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pods = [pod(0), pod(1, node="node-2"), pod(2, node="")]
    nodes = {"node-1": node(), "node-2": node("node-2", zone="zone-b")}
    classes = {"fast": storage_class()}
    view = look(stateful_set(3), pods, 60, claims=[claim("data-web-0")], nodes=nodes, classes=classes)
    packing = OrdinalsPacking()
    packed = msgspec.structs.replace(view, ordinals=packing.pack(view.ordinals))
    assert whereabouts(packed.ordinals) == whereabouts(view.ordinals)
    monkeypatch.setattr(packing, "unpack", None)
    monkeypatch.setattr(packing, "peek", None)
    wanted = LANGUAGE.parse(text)
    assert wanted.matches(packed) == wanted.matches(view) == (text in ("node:node-2", "zone:zone-b", "class:fast"))
