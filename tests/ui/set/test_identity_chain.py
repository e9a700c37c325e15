from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from stsview.model.states import (
    AttachmentStatus,
    ClaimStatus,
    ClassStatus,
    Health,
    LeaseStatus,
    NodeStatus,
    ResizeStage,
    VolumeStatus,
)
from stsview.model.views import ClaimView, ClassView, NodeView, Place, VolumeView
from stsview.ui.kit.look.roles import plain
from stsview.ui.set.identity_chain import identity_rows, placement_note
from tests.support.ui.fleets import (
    NOW,
    ago,
    kafka,
    odd_ones,
    ordinal_of,
)
from tests.support.ui.usages import kafka_usage


def test_identity_from_pod_to_node() -> None:
    links = list(identity_rows(kafka().ordinals[3], NOW))
    assert [link.label for link in links] == ["pod", "dns", "pvc", "volume", "node"]
    assert [[plain(line) for line in link.lines] for link in links] == [
        [
            "✖ CrashLoopBackOff  10.2.3.44  uid 6f3c0003…",
            "container kafka: exit 1, last: Unknown broker property",
        ],
        ["✖ kafka-3.kafka-hs.data.svc.cluster.local", "not ready"],
        ["✔ Bound  1 Ti  data-kafka-3  fast-ssd  RWO"],
        [
            "✔ attached to w-1  pvc-0b7ekafka-3",
            "reclaim Retain  class fast-ssd · expandable · WaitForFirstConsumer · csi.example.com",
        ],
        ["✔ Ready  w-1  zone eu-1a"],
    ]


def test_identity_of_missing_objects() -> None:
    missing = odd_ones().ordinals[2]
    assert [[plain(line) for line in link.lines] for link in identity_rows(missing, NOW)] == [
        ["○ missing  next"],
        ["○ ledger-4.ledger-hs.data.svc.cluster.local", "no pod"],
        ["○ missing  data-ledger-4"],
        ["○ missing  wal-ledger-4"],
        ["none"],
    ]


def test_the_claim_of_an_ephemeral_volume_is_marked() -> None:
    one = kafka().ordinals[0]
    scratch = ClaimView("", "kafka-0-scratch", ClaimStatus.BOUND, Health.READY)
    lines = [
        [plain(line) for line in link.lines] for link in identity_rows(replace(one, ephemeral_claims=(scratch,)), NOW)
    ]
    assert ["✔ Bound  kafka-0-scratch", "ephemeral: deleted with the pod"] in lines


def test_each_place_but_the_expected_one_is_explained() -> None:
    for ordinal in odd_ones().ordinals:
        assert bool(placement_note(ordinal)) is (ordinal.place is not Place.EXPECTED)


def test_problems_are_shown_where_they_belong() -> None:
    pod = ordinal_of("db", 0, node="w-1")
    claim = replace(
        pod.claims[0],
        drift=("size: template has 5 Gi", "class: template has slow"),
        class_state=ClassView(
            ClassStatus.MISSING,
            Health.DEGRADED,
            detail="there is no StorageClass of the name fast-ssd",
            name="fast-ssd",
        ),
        volume_state=VolumeView(
            VolumeStatus.RELEASED,
            Health.WARNING,
            "Retain",
            ("eu-1a",),
            attachment=AttachmentStatus.ATTACHED_ELSEWHERE,
            attachment_health=Health.WARNING,
            attached_to="w-2",
            attachment_detail="still attached to w-2",
        ),
    )
    node = NodeView(
        "w-1", NodeStatus.UNREACHABLE, Health.WARNING, "eu-1b", ago(minutes=3), "kubelet stopped posting node status"
    )
    links = list(identity_rows(replace(pod, claims=(claim,), node_state=node), NOW))
    assert [[plain(line) for line in link.lines] for link in links[2:]] == [
        [
            "✔ Bound  10 Gi  data-db-0  fast-ssd  RWO",
            "differs in size: template has 5 Gi; class: template has slow",
        ],
        [
            "▲ Released  ▲ attached elsewhere · w-2  zone eu-1a  pvc-0b7edb-0",
            "reclaim Retain  class fast-ssd ✖ missing",
            "still attached to w-2",
            "there is no StorageClass of the name fast-ssd",
        ],
        ["▲ unreachable 3m  w-1  zone eu-1b", "kubelet stopped posting node status"],
    ]


def test_a_claim_says_how_far_its_expansion_is() -> None:
    pod = ordinal_of("db", 0, node="w-1")
    claim = replace(pod.claims[0], requested=20 * 2**30, resize=ResizeStage.FILE_SYSTEM_PENDING)
    chain = {row.label: row for row in identity_rows(replace(pod, claims=(claim,)), NOW)}
    first, *more = [plain(line) for line in chain["pvc"].lines]
    assert "10 Gi › 20 Gi" in first
    assert more == ["the volume has grown, its file system has not"]


@pytest.mark.parametrize(
    ("lease", "renewed", "detail", "words"),
    [
        (LeaseStatus.RENEWED, ago(seconds=3), "", "lease renewed 3s ago"),
        (LeaseStatus.RENEWED, ago(hours=1), "", "lease renewed, but the node's clock is wrong"),
        (LeaseStatus.STALE, ago(minutes=3), "", "lease last renewed 3m ago"),
        (LeaseStatus.NONE, None, "", "no lease"),
        (LeaseStatus.UNKNOWN, None, "you may not get leases", "lease unknown: you may not get leases"),
    ],
)
def test_the_lease_of_a_suspect_node(lease: LeaseStatus, renewed: datetime | None, detail: str, words: str) -> None:
    node = NodeView(
        "w-1",
        NodeStatus.UNREACHABLE,
        Health.WARNING,
        "eu-1b",
        ago(minutes=3),
        "kubelet stopped posting node status",
        lease=lease,
        lease_renewed=renewed,
        lease_detail=detail,
    )

    def lines(held: NodeView) -> list[str]:
        link = list(identity_rows(replace(ordinal_of("db", 0, node="w-1"), node_state=held), NOW))[-1]
        return [plain(line) for line in link.lines]

    line = "▲ unreachable 3m  w-1  zone eu-1b"
    assert lines(node) == [line, words]
    marked = replace(node, out_of_service=True, detail="tainted out-of-service")
    assert lines(marked) == [line, words, "tainted out-of-service"]
    assert lines(replace(node, status=NodeStatus.NOT_READY, detail="KubeletNotReady"))[1:] == [words, "KubeletNotReady"]


def lines_of(claim: ClaimView, label: str) -> list[str]:
    ordinal = replace(ordinal_of("db", 0), claims=(claim,))
    return [plain(line) for link in identity_rows(ordinal, NOW) if link.label == label for line in link.lines]


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (
            VolumeView(
                VolumeStatus.BOUND,
                Health.READY,
                attachment=AttachmentStatus.ATTACHING,
                attachment_health=Health.PROGRESSING,
            ),
            "◐ attaching  pvc-0b7edb-0",
        ),
        (
            VolumeView(
                VolumeStatus.BOUND,
                Health.READY,
                attachment=AttachmentStatus.ERROR,
                attachment_health=Health.DEGRADED,
                attached_to="w-1",
            ),
            "✖ attach error · w-1  pvc-0b7edb-0",
        ),
        (
            VolumeView(VolumeStatus.MISSING, Health.DEGRADED, attachment=AttachmentStatus.NOT_ATTACHED),
            "✖ missing  pvc-0b7edb-0",
        ),
        (
            VolumeView(VolumeStatus.UNKNOWN, Health.UNKNOWN, attachment=AttachmentStatus.NOT_ATTACHED),
            "? unknown  pvc-0b7edb-0",
        ),
    ],
)
def test_a_volume_starts_with_its_problem(state: VolumeView, first: str) -> None:
    """A low terminal shows only the first line of each part, a narrow one its beginning."""
    claim = replace(ordinal_of("db", 0).claims[0], volume_state=state)
    assert lines_of(claim, "volume")[0] == first


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        (
            ClassView(ClassStatus.NO_DEFAULT, Health.DEGRADED, detail="there is none"),
            ["none yet  ✖ no default StorageClass", "there is none"],
        ),
        (ClassView(ClassStatus.NONE, detail="it wants none"), ["none yet", "no StorageClass", "it wants none"]),
        (ClassView(ClassStatus.UNKNOWN, Health.UNKNOWN), ["none yet", "default class ? unknown"]),
        (ClassView(ClassStatus.MISSING, Health.DEGRADED, name="fast"), ["none yet  class fast ✖ missing"]),
        (
            ClassView(ClassStatus.KNOWN, Health.READY, "csi", True, binding="Immediate", name="gp3", default=True),
            ["none yet", "class gp3 (default) · not expandable · Immediate · csi"],
        ),
    ],
)
def test_the_storage_class_of_an_unbound_claim(state: ClassView, lines: list[str]) -> None:
    pending = replace(
        ordinal_of("db", 0).claims[0],
        status=ClaimStatus.PENDING,
        health=Health.PROGRESSING,
        volume="",
        volume_state=VolumeView(),
        storage_class=None,
        class_state=state,
    )
    assert lines_of(pending, "volume") == lines


def test_a_bad_claim_shows_its_state_before_its_size() -> None:
    lost = replace(ordinal_of("db", 0).claims[0], status=ClaimStatus.LOST, health=Health.DEGRADED)
    assert lines_of(lost, "pvc") == ["✖ Lost  10 Gi  data-db-0  fast-ssd  RWO"]


def test_usage_stands_with_the_pod_and_the_volume_and_what_is_unknown_says_why() -> None:
    one = kafka().ordinals[1]
    measured = kafka_usage({one.name: one.uid or ""})
    rows = {row.label: [plain(line) for line in row.lines] for row in identity_rows(one, NOW, measured=measured)}
    assert any(line.startswith("memory 2.4Gi / 2Gi / 4Gi used / request / limit") for line in rows["pod"])
    assert rows["volume"][1].startswith("92% full, 81.9Gi left of 1Ti  ")
    assert rows["volume"][2].startswith("full in about 40m, by the last 10m of measurements")

    pods = tuple(replace(pod, claims=()) for pod in measured.usage.pods)
    why = "forbidden: you may not get nodes/proxy; volumes are unknown"
    usage = replace(measured.usage, pods=pods, unread=(one.name,), unread_why=why)
    unread = replace(measured, usage=usage)
    rows = {row.label: [plain(line) for line in row.lines] for row in identity_rows(one, NOW, measured=unread)}
    assert rows["volume"][1] == f"how full is unknown: {why}"
