"""Objects come back from their bytes as they were, whichever dictionary they were packed with."""

from __future__ import annotations

import msgspec

from stsview.model.packing import Packing
from stsview.objects.pod import Pod
from tests.support.model.build import crashing, pod


def test_objects_come_back_from_their_bytes() -> None:
    packing = Packing(Pod)
    found = [
        (pod, crashing)[index % 2](index % 5, set_name=f"web-{index:05x}", uid=f"uid-{index}") for index in range(3_000)
    ]
    packed = [packing.pack(one) for one in found]
    assert [packing.unpack(one) for one in packed] == found
    marks = [one[0] for one in packed if isinstance(one, bytes)]
    assert set(marks) == {0, 1, 2}
    plain = len(msgspec.msgpack.encode(found[-1]))
    assert len(packing.pack(found[-1])) < plain / 8  # type: ignore[arg-type]


def test_equal_objects_of_one_dictionary_have_equal_bytes() -> None:
    packing = Packing(Pod)
    for index in range(100):
        packing.pack(pod(index))
    assert packing.pack(pod(7)) == packing.pack(pod(7)) != packing.pack(pod(8))


def test_what_has_no_bytes_is_held_as_it_is() -> None:
    packing = Packing(Pod)
    held = pod(0)
    endless = msgspec.structs.replace(
        held, spec=msgspec.structs.replace(held.spec, termination_grace_period_seconds=10**30)
    )
    assert packing.unpack(packing.pack(endless)) is endless
