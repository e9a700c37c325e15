"""A crash-looping pod: its object, its log, its events."""

from __future__ import annotations

from typing import Any

from stsview.live.on_demand import Description
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.rollout.detail import EventView, PartHealth, SetDetail
from stsview.objects.event import Event, InvolvedObject
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import LogLine
from stsview.objects.meta import BasicMeta, Key
from tests.support.ui.fleets import ago

KAFKA = Key("data", "kafka")
KAFKA_3 = Key("data", "kafka-3")

_SAID = (
    "===> Launching ...",
    "[2026-11-22 18:21:51,118] INFO Starting controller (kafka.server.ControllerServer)",
    "[2026-11-22 18:21:52,640] WARN No meta.properties file under dir /data (kafka.server.BrokerMetadataCheckpoint)",
    "[2026-11-22 18:21:53,007] ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)",
    "org.apache.kafka.common.config.ConfigException: Unknown broker property 'log.dris', did you mean 'log.dirs'?",
    "\tat kafka.server.KafkaConfig.<init>(KafkaConfig.scala:231)",
    "\tat kafka.Kafka.main(Kafka.scala)",
)

LOG = tuple(LogLine(text, f"2026-11-22T18:21:5{number}.5Z") for number, text in enumerate(_SAID))


def _time(**duration: float) -> str:
    return ago(**duration).isoformat()


def described() -> Description:
    pod: dict[str, Any] = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": "kafka-3",
            "namespace": "data",
            "uid": "6f3c0003-kafka",
            "creationTimestamp": _time(minutes=14),
            "labels": {"app": "kafka", "controller-revision-hash": "kafka-7c9f01d2aa"},
            "ownerReferences": [{"kind": "StatefulSet", "name": "kafka", "controller": True}],
            "managedFields": [{"manager": "kubelet"}, {"manager": "kube-controller-manager"}],
        },
        "spec": {
            "nodeName": "w-1",
            "containers": [
                {
                    "name": "kafka",
                    "image": "apache/kafka:3.9.0",
                    "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}},
                    "readinessProbe": {"tcpSocket": {"port": 9092}, "periodSeconds": 5},
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                }
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-kafka-3"}}],
        },
        "status": {
            "phase": "Running",
            "qosClass": "Burstable",
            "podIP": "10.2.3.44",
            "startTime": _time(minutes=14),
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": _time(minutes=14)},
                {
                    "type": "Ready",
                    "status": "False",
                    "reason": "ContainersNotReady",
                    "message": "containers with unready status: [kafka]",
                    "lastTransitionTime": _time(minutes=12),
                },
            ],
            "containerStatuses": [
                {
                    "name": "kafka",
                    "restartCount": 12,
                    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting"}},
                    "lastState": {
                        "terminated": {
                            "exitCode": 1,
                            "reason": "Error",
                            "startedAt": _time(seconds=16),
                            "finishedAt": _time(seconds=14),
                        }
                    },
                }
            ],
        },
    }
    about = InvolvedObject(kind="Pod", namespace="data", name="kafka-3", uid="6f3c0003-kafka")
    back_off = Event(
        metadata=BasicMeta(name="kafka-3.1"),
        involved_object=about,
        type="Warning",
        reason="BackOff",
        message="Back-off restarting failed container kafka in pod kafka-3_data(6f3c0003-kafka)",
        count=41,
        last_timestamp=ago(seconds=40),
        reporting_component="kubelet",
    )
    return Description(PODS, pod, (back_off,))


def detail(number: int) -> SetDetail:
    """This many events of the set, every fifth a warning."""
    events = []
    for place in range(number):
        warning = place % 5 == 4
        about = ("StatefulSet", "kafka") if place % 5 == 0 else ("Pod", f"kafka-{place % 4}")
        reason, said = (
            ("BackOff", "Back-off restarting failed container kafka") if warning else ("Pulled", "Image is there")
        )
        last = ago(minutes=2 * (number - place))
        events.append(
            EventView(*about, warning, reason, said, ago(minutes=90), last, 1 + place % 3, "kubelet", uid=str(place))
        )
    return SetDetail(KAFKA, tuple(events), events_health=PartHealth(KindCoverage(Coverage.COMPLETE)))
