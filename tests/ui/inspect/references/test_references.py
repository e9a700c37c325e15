"""The owners, ConfigMaps and Secrets of a set, as objects and on the screen."""

from __future__ import annotations

from typing import Any

from stsview.live.errors import CannotRead
from stsview.live.on_demand import Description, Document, kind_of
from stsview.objects.kinds import CONFIG_MAPS, SECRETS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.ui.inspect.references.referenced_objects import referenced
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource

KAFKA = Key("data", "kafka")
OWNED: Document = {
    "kind": "StatefulSet",
    "metadata": {
        "name": "kafka",
        "ownerReferences": [
            {
                "apiVersion": "kafka.strimzi.io/v1beta2",
                "kind": "Kafka",
                "name": "main",
                "uid": "u-1",
                "controller": True,
            }
        ],
    },
    "spec": {
        "template": {
            "spec": {
                "imagePullSecrets": [{"name": "registry"}],
                "volumes": [
                    {"name": "config", "configMap": {"name": "kafka-config"}},
                    {"name": "tls", "secret": {"secretName": "kafka-tls"}},
                    {
                        "name": "all",
                        "projected": {"sources": [{"secret": {"name": "kafka-tls"}}, {"configMap": {"name": "ca"}}]},
                    },
                ],
                "initContainers": [{"name": "init", "envFrom": [{"configMapRef": {"name": "kafka-config"}}]}],
                "containers": [
                    {
                        "name": "kafka",
                        "env": [
                            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "kafka-users", "key": "admin"}}}
                        ],
                    }
                ],
            }
        }
    },
}


def test_what_a_set_names() -> None:
    assert [(ref.word, str(ref.key), ref.state) for ref in referenced(OWNED, "data")] == [
        ("owner", "data/main", "Kafka"),
        ("ConfigMap", "data/kafka-config", "volume config, env of init"),
        ("ConfigMap", "data/ca", "volume all"),
        ("Secret", "data/kafka-tls", "volume tls, volume all"),
        ("Secret", "data/kafka-users", "env of kafka"),
        ("Secret", "data/registry", "image pulls"),
    ]
    assert referenced({"spec": {"template": {"spec": {"volumes": "none"}}}, "metadata": []}, "data") == ()
    sly: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "name": "all"}
    (owner,) = referenced({"metadata": {"ownerReferences": [sly]}}, "data")
    assert owner.kind == SECRETS, "an owner reference is no way to the values of a Secret"


def source_with_owner(uid: str = "u-1") -> FakeSource:
    source, kafka = FakeSource(), kind_of("kafka.strimzi.io/v1beta2", "Kafka")
    owner: Document = {"kind": "Kafka", "metadata": {"name": "main", "uid": uid}, "status": {"clusterId": "x7"}}
    config: Document = {
        "kind": "ConfigMap",
        "metadata": {"name": "ca"},
        "data": {"ca.crt": "MIIB", "server.yml": "listeners:\n  plain: 9092"},
    }
    source.descriptions |= {
        ("StatefulSet", KAFKA): Description(STATEFULSETS, OWNED),
        ("Kafka", Key("data", "main")): Description(kafka, owner),
        ("ConfigMap", Key("data", "ca")): Description(CONFIG_MAPS, config),
    }
    return source


async def test_jumps_to_the_owner_and_to_a_config_map() -> None:
    source = source_with_owner()
    async with driving(source, size=(120, 36)) as driver:
        await driver.stand_on("kafka")
        await driver.run_command("owner")
        await driver.sees("kind: Kafka")
        assert "owner  main   Kafka" in driver.text
        await driver.press("d")
        await driver.sees("clusterId")
        await driver.press("o")
        await driver.sees("Objects")
        await driver.type("ConfigMap ca")
        await driver.sees("volume all")
        await driver.press("enter")
        await driver.sees("MIIB")
        await driver.sees("      plain: 9092")
        await driver.press("escape")
        await driver.sees("waits for kafka-3")

        await driver.run_command("cm")
        await driver.sees("ConfigMap of data/kafka")
        await driver.type("config")
        await driver.press("enter")
        await driver.sees("no ConfigMap data/kafka-config")


async def test_says_what_is_missing_and_that_an_owner_was_replaced() -> None:
    source = source_with_owner("u-2")
    async with driving(source, size=(120, 36)) as driver:
        await driver.stand_on("kafka")
        await driver.run_command("owner")
        await driver.sees("not the owner: that was deleted, and its uid differs")
        await driver.press("escape")
        source.descriptions["StatefulSet", KAFKA] = Description(STATEFULSETS, {"metadata": {"name": "kafka"}})
        await driver.run_command("secret")
        await driver.sees("data/kafka has no Secret in its template")
        source.descriptions["StatefulSet", KAFKA] = CannotRead("you may not read statefulsets in data")
        await driver.run_command("owner")
        await driver.sees("you may not read statefulsets in data")
