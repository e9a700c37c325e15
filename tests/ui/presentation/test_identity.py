from __future__ import annotations

from dataclasses import replace

from stsview.model.views import ClassView, NodeView, Place, Tone, VolumeView
from stsview.ui.presentation.identity import chain, place_words
from stsview.ui.roles import plain
from tests.ui.fleets import (
    NOW,
    ago,
    kafka,
    odd_ones,
    ordinal_of,
)


def test_the_chain_from_pod_to_node() -> None:
    links = list(chain(kafka().ordinals[3], NOW))
    assert [link.label for link in links] == ["pod", "dns", "claim", "volume", "node"]
    assert [[plain(line) for line in link.lines] for link in links] == [
        [
            "kafka-3  ✖ CrashLoopBackOff",
            "container kafka: exit 1, last: Unknown broker property",
            "uid 6f3c0003-kafka  10.2.3.44",
        ],
        ["kafka-3.kafka-hs.data.svc.cluster.local", "✖ not ready"],
        ["data-kafka-3  1 Ti  fast-ssd  RWO  ✔ Bound"],
        [
            "pvc-0b7ekafka-3",
            "✔ attached to w-1  reclaim Retain",
            "class fast-ssd · may grow · WaitForFirstConsumer · csi.example.com",
        ],
        ["w-1  zone eu-1a  ✔ Ready"],
    ]


def test_the_chain_of_what_is_not_there() -> None:
    missing = odd_ones().ordinals[2]
    assert [[plain(line) for line in link.lines] for link in chain(missing, NOW)] == [
        ["ledger-4  ○ missing  next"],
        ["ledger-4.ledger-hs.data.svc.cluster.local", "○ no pod"],
        ["data-ledger-4  ○ missing"],
        ["wal-ledger-4  ○ missing"],
        ["none"],
    ]


def test_each_place_but_the_expected_one_is_explained() -> None:
    for ordinal in odd_ones().ordinals:
        assert bool(place_words(ordinal)) is (ordinal.place is not Place.EXPECTED)


def test_what_is_wrong_with_a_link_is_told_at_that_link() -> None:
    pod = ordinal_of("db", 0, node="w-1")
    claim = replace(
        pod.claims[0],
        drift=("size: template has 5 Gi", "class: template has slow"),
        class_state=ClassView("missing", Tone.BROKEN, detail="there is no StorageClass of the name fast-ssd"),
        volume_state=VolumeView(
            "Released",
            Tone.WARNING,
            "Retain",
            ("eu-1a",),
            attachment="attached elsewhere",
            attachment_tone=Tone.WARNING,
            attached_to="w-2",
            attachment_detail="still attached to w-2",
        ),
    )
    node = NodeView("w-1", "silent", Tone.WARNING, "eu-1b", ago(minutes=3), "its kubelet has not been heard of")
    links = list(chain(replace(pod, claims=(claim,), node_state=node), NOW))
    assert [[plain(line) for line in link.lines] for link in links[2:]] == [
        [
            "data-db-0  10 Gi  fast-ssd  RWO  ✔ Bound",
            "differs in size: template has 5 Gi; class: template has slow",
        ],
        [
            "pvc-0b7edb-0  ▲ Released",
            "▲ attached elsewhere · w-2  zone eu-1a  reclaim Retain",
            "class fast-ssd ✖ missing",
            "still attached to w-2",
            "there is no StorageClass of the name fast-ssd",
        ],
        ["w-1  zone eu-1b  ▲ silent 3m · its kubelet has not been heard of"],
    ]
