"""Owners, ConfigMaps and Secrets over real HTTP: what is read and kept, and what is said where they are not."""

from __future__ import annotations

import logging
import traceback

import msgspec
import pytest

from stsview.live.errors import CannotRead
from stsview.live.files.documents import Documents
from stsview.live.files.file_objects import FileObjects
from stsview.live.files.file_source import FileSource
from stsview.live.live import Live
from stsview.live.named.secret_keys import DECODER
from stsview.live.on_demand import kind_of
from stsview.live.snapshot import Link
from stsview.model.settings import ModelSettings
from stsview.objects.kinds import CONFIG_MAPS, LEASES, SECRETS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.live.conftest import Rig

OWNER, WEB = Key("monitoring", "main"), Key("monitoring", "prometheus-main-web")
VALUE = "ZGVtby1vbmx5"


async def started(rig: Rig, live: Live) -> None:
    await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")


async def test_an_owner_of_any_api_group_is_found_by_discovery(rig: Rig) -> None:
    cluster = await rig.cluster("operator-owned")
    live = rig.live()
    async with rig.running(live):
        await started(rig, live)
        kind = kind_of("monitoring.coreos.com/v1", "Prometheus")
        described = await live.describe(kind, OWNER)
        assert described.object["spec"]["retention"] == "15d"
        assert (described.kind.resource, described.kind.namespaced) == ("prometheuses", True)
        former = await live.get_object(kind_of("monitoring.coreos.com/v1alpha1", "Prometheus"), OWNER)
        assert former == described.object, "the preferred version stands for one that is not served any more"
        assert kind_of("apps/v1", "StatefulSet") is STATEFULSETS

        for version, name, problem in (
            ("monitoring.coreos.com/v1", "Thanos", "the server does not serve Thanos of monitoring.coreos.com/v1"),
            ("kafka.strimzi.io/v1", "Kafka", "the server does not serve Kafka of kafka.strimzi.io/v1"),
            ("../../x/v1", "Kafka", "Kafka of ../../x/v1 is not a kind of any API"),
            ("apps/v1/../..", "Kafka", "is not a kind of any API"),
        ):
            with pytest.raises(CannotRead) as caught:
                await live.get_object(kind_of(version, name), OWNER)
            assert problem in str(caught.value)
        with pytest.raises(CannotRead, match=r"no Prometheus can have the name '\.\./secrets'"):
            await live.get_object(kind, Key("monitoring", "../secrets"))
        with pytest.raises(CannotRead, match="no Prometheus monitoring/other") as caught:
            await live.get_object(kind, Key("monitoring", "other"))
        assert caught.value.absent
        cluster.server.faults.refusals.append(Refusal(403, plural="prometheuses"))
        with pytest.raises(CannotRead, match="you may not read prometheuses in monitoring"):
            await live.get_object(kind, OWNER)
        with pytest.raises(ValueError, match="must not be read"):
            await live.get_object(LEASES, OWNER)


async def test_values_of_secrets_are_never_kept(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    cluster = await rig.cluster("operator-owned")
    applied = {"kubectl.kubernetes.io/last-applied-configuration": f'{{"data":{{"password":"{VALUE}"}}}}'}
    cluster.edit(resources.SECRETS, *WEB, lambda one: one["metadata"].update(annotations=applied))
    live = rig.live()
    with caplog.at_level(logging.DEBUG):
        async with rig.running(live):
            await started(rig, live)
            config = await live.get_object(CONFIG_MAPS, Key("monitoring", "prometheus-main"))
            assert "scrape_interval" in config["data"]["main.yml"]
            named_as_owner = await live.get_object(kind_of("v1", "Secret"), WEB)
            described = await live.describe(SECRETS, WEB)
            assert named_as_owner == described.object
            assert list(described.object["keys"]) == ["password", "user"]
            assert described.object["type"] == "Opaque"
            assert VALUE not in repr(described)

            cluster.edit(resources.SECRETS, *WEB, lambda one: one.update(type={"value": VALUE}))
            with pytest.raises(CannotRead) as caught:
                await live.get_object(SECRETS, WEB)
            assert VALUE not in "".join(traceback.format_exception(caught.value))
            cluster.server.faults.refusals.append(Refusal(403, plural="secrets"))
            with pytest.raises(CannotRead, match="you may not read secrets in monitoring"):
                await live.get_object(SECRETS, WEB)
    assert VALUE not in caplog.text
    assert "/secrets/" in caplog.text, "the request itself is logged"


def test_what_is_decoded_of_a_secret_has_no_place_for_values() -> None:
    secret = DECODER.decode(b'{"metadata":{"name":"a"},"data":{"k":"dmFsdWU=","n":null},"stringData":{"x":"value"}}')
    assert b"dmFsdWU" not in msgspec.json.encode(secret.document())
    assert {type(value).__name__ for value in secret.data.values()} == {"_Dropped"}


async def test_files_are_read_by_the_same_rules() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "a", "name": "s"}, "data": {"k": VALUE}}
    owner = {"apiVersion": "kafka.strimzi.io/v1", "kind": "Kafka", "metadata": {"namespace": "a", "name": "main"}}
    stateful = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"namespace": "a", "name": "kafka", "creationTimestamp": "2026-01-01T00:00:00Z"},
    }
    documents = Documents()
    documents.objects += [secret, owner, stateful]
    source = FileSource(FileObjects(documents), ModelSettings(), "")
    assert await source.get_object(kind_of("kafka.strimzi.io/v1", "Kafka"), Key("a", "main")) == owner
    found = await source.describe(SECRETS, Key("a", "s"))
    assert VALUE not in repr(found)
    assert "k" in found.object["keys"]
    with pytest.raises(CannotRead, match="configmaps are not in the files"):
        await source.get_object(CONFIG_MAPS, Key("a", "c"))
    with pytest.raises(CannotRead, match="Zoo objects are not in the files"):
        await source.get_object(kind_of("x.io/v1", "Zoo"), Key("a", "c"))
