"""The protobuf bodies that kubectl sends."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.kubectl.protobuf import MEDIA_TYPE, decode
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client
from tests.support.simulator.manifests import pod


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _envelope(api_version: str, kind: str, raw: bytes) -> bytes:
    meta = _field(1, api_version) + _field(2, kind)
    return b"k8s\0" + _field(1, meta) + _field(2, raw)


def test_delete_options_are_decoded() -> None:
    raw = (
        _field(1, 30)
        + _field(2, _field(1, "the-uid") + _field(2, "17"))
        + _field(4, "Foreground")
        + _field(5, "All")
        + _field(9, "a field of the future")
    )
    assert decode(_envelope("v1", "DeleteOptions", raw)) == {
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "gracePeriodSeconds": 30,
        "preconditions": {"uid": "the-uid", "resourceVersion": "17"},
        "propagationPolicy": "Foreground",
        "dryRun": ["All"],
    }


def test_negative_numbers_and_flags() -> None:
    obj = decode(_envelope("v1", "DeleteOptions", _field(1, -1) + _field(3, 1)))
    assert (obj["gracePeriodSeconds"], obj["orphanDependents"]) == (-1, True)


async def test_an_eviction_and_a_review_by_protobuf_are_served(storage: Storage, client: Client) -> None:
    storage.create(PODS, pod(nodeName="n"))
    eviction = _field(1, _field(1, "web-0") + _field(3, "default")) + _field(2, _field(1, 5))
    answer = await client(
        "POST",
        "/api/v1/namespaces/default/pods/web-0/eviction",
        _envelope("policy/v1", "Eviction", eviction),
        content_type=MEDIA_TYPE,
    )
    assert answer.code == 201
    assert storage.get(PODS, "default", "web-0")["metadata"]["deletionGracePeriodSeconds"] == 5
    attributes = _field(1, "default") + _field(2, "delete") + _field(5, "pods")
    review = await client(
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        _envelope("authorization.k8s.io/v1", "SelfSubjectAccessReview", _field(2, _field(1, attributes))),
        content_type=MEDIA_TYPE,
        user="viewer",
    )
    assert review.json["status"] == {"allowed": False}
    assert review.json["spec"]["resourceAttributes"] == {"namespace": "default", "verb": "delete", "resource": "pods"}


def _entry(key: str, value: bytes | str) -> bytes:
    return _field(1, key) + _field(2, value)


def test_objects_of_kubectl_create_are_decoded() -> None:
    meta = _field(1, "a") + _field(11, _entry("app", "zk")) + _field(11, _entry("tier", "db")) + _field(14, "x/y")
    secret = _field(1, meta) + _field(2, _entry("k", b"\x00\xff")) + _field(3, "Opaque")
    assert decode(_envelope("v1", "Secret", secret)) == {
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {"name": "a", "labels": {"app": "zk", "tier": "db"}, "finalizers": ["x/y"]},
        "data": {"k": "AP8="},
        "type": "Opaque",
    }
    selector = _field(1, _entry("app", "zk"))
    budget = _field(1, _field(1, "b")) + _field(2, _field(1, _field(1, 1) + _field(3, "50%")) + _field(2, selector))
    assert decode(_envelope("policy/v1", "PodDisruptionBudget", budget))["spec"] == {
        "minAvailable": "50%",
        "selector": {"matchLabels": {"app": "zk"}},
    }
    quota = _field(1, _field(1, "q")) + _field(2, _field(1, _entry("pods", _field(1, "2"))))
    assert decode(_envelope("v1", "ResourceQuota", quota))["spec"] == {"hard": {"pods": "2"}}
    number = _field(2, _field(3, _field(2, 2)))
    assert decode(_envelope("policy/v1", "PodDisruptionBudget", number))["spec"] == {"maxUnavailable": 2}


def test_other_messages_are_an_unsupported_media_type() -> None:
    with pytest.raises(ApiError) as refused:
        decode(_envelope("v1", "Pod", b""))
    assert refused.value.code == 415


@given(st.binary(max_size=60))
@example(b"\t" + bytes(8))
@example(_field(4, 1 << 40))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    for body in (data, b"k8s\0" + data, _envelope("v1", "DeleteOptions", data)):
        try:
            obj = decode(body)
        except ApiError as error:
            refused = error.code
            assert refused in (400, 415)
        else:
            assert obj["kind"]
