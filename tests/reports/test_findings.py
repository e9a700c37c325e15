"""What an operator is told, and spared, in situations that were reported in public.

tests/fixtures/reports/README.md names the source of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from stsview.model.finding import Finding, Level
from stsview.model.views import SetView, Severity
from tests.support.reports import names, report


@dataclass(frozen=True)
class Says:
    """A finding of this rule and level whose texts contain all the words."""

    rule: str
    level: Level
    words: tuple[str, ...] = ()
    first: bool = True
    """Whether it must be the first finding of the set."""


@dataclass(frozen=True)
class Expected:
    severity: Severity
    says: tuple[Says, ...] = ()
    spares: tuple[str, ...] = ()
    """Texts that are in no finding and not in the explanation of the wait."""
    silent: tuple[str, ...] = ()
    """Rules that find nothing."""


def error(rule: str, *words: str, first: bool = True) -> Says:
    return Says(rule, Level.ERROR, words, first)


def warning(rule: str, *words: str, first: bool = True) -> Says:
    return Says(rule, Level.WARNING, words, first)


EXPECTED = {
    "argocd": Expected(Severity.AT_RISK, (warning("service-missing", "argocd-application-controller is missing"),)),
    "betaclass": Expected(
        Severity.STUCK,
        (error("provisioner-unresponsive", "k8s.io/minikube-hostpath does not respond", "storage-class] = fast"),),
        ("names no StorageClass", "default class"),
        ("claim-without-class",),
    ),
    "claimgone": Expected(
        Severity.STUCK,
        (error("claim-missing", "nginx-1: PVC logs-nginx-1 does not exist", "reconcile", "delete nginx-1", "creates"),),
        silent=("set-stuck",),
    ),
    "completed": Expected(
        Severity.STUCK,
        (error("pod-failed", "galera-2: Completed", "delete galera-2"),),
        ("wait:", "should have recreated", "the controller deletes and recreates it in turn"),
    ),
    "controllerdown": Expected(
        Severity.STUCK, (error("controller-not-acting", "generation 7", "kube-controller-manager"),)
    ),
    "dangling": Expected(
        Severity.STUCK,
        (
            error(
                "volume-attached-elsewhere",
                "node-c, which does not exist",
                "cannot detach: VM node-c not found",
                "VolumeAttachment",
            ),
        ),
        ("describe node node-c", "taint nodes", "after 6 min"),
    ),
    "ephemeral": Expected(
        Severity.STUCK,
        (
            error(
                "ephemeral-claim-conflict", "PVC sol-2-scratch belongs to an earlier sol-2", "delete pvc sol-2-scratch"
            ),
        ),
        ("lower the requests", "edit statefulset"),
        ("unschedulable", "set-stuck"),
    ),
    "eventtime": Expected(Severity.STUCK, (error("unschedulable", "web-0: unschedulable: 3 Insufficient memory"),)),
    "evicted": Expected(
        Severity.STUCK,
        (
            error("readiness-probe-failing", "es-0: container main"),
            error("pod-failed", "es-2: Evicted", "when its turn comes", first=False),
        ),
    ),
    "foreground": Expected(
        Severity.STUCK, (error("finalizer-holds-pod", "db-2: held by finalizer foregroundDeletion"),)
    ),
    "formerpod": Expected(
        Severity.STUCK,
        (
            error(
                "name-taken",
                "test-sts-1",
                "former StatefulSet test-sts",
                "88888888-aaaa-4bbb-8ccc-222222222222",
                "node node-b is unreachable",
                "is powered off",
                "out-of-service",
                "force-delete test-sts-1",
                "test-sts-2 is not created until then",
            ),
        ),
        ("delete pod test-sts-1 if it is not needed", "reason unknown"),
        ("not-created",),
    ),
    "healthy": Expected(Severity.HEALTHY),
    "intree": Expected(Severity.STUCK, (error("volume-attached-elsewhere", "db-2", "Multi-Attach error"),)),
    "kruise": Expected(Severity.HEALTHY),
    "localcordon": Expected(Severity.HEALTHY),
    "longname": Expected(
        Severity.STUCK,
        (error("set-name-too-long", "at most 52 characters", "must be no more than 63 characters"),),
        ("trigger a reconcile", "create the missing object", "correct the template", "fix the driver"),
        ("creation-refused",),
    ),
    "lost": Expected(Severity.STUCK, (error("claim-lost", "PVC data-mariadb-0 has lost its volume pvc-5d3d"),)),
    "lostrunning": Expected(
        Severity.AT_RISK, (warning("claim-lost", "pg-1: PVC data-pg-1 has lost its volume", "PersistentVolume"),)
    ),
    "maxunavail": Expected(
        Severity.STUCK,
        (error("max-unavailable-deadlock", "delete pod coord-0", "maxUnavailable 1"),),
        ("wait: the update replaces", "replaces it in turn", "coord-0 is not replaced until coord-0"),
    ),
    "misbound": Expected(
        Severity.STUCK,
        (
            error(
                "volume-bound-to-other-claim",
                "pvc-old1",
                "Released",
                "11111111-aaaa-4bbb-8ccc-222222222222",
                "660d24a3-0015-a5ca-3787-fc250ae9aa4e",
                "already bound to a different claim",
                "claimRef",
            ),
        ),
        silent=("set-stuck",),
    ),
    "oldstatus2": Expected(Severity.HEALTHY),
    "partialselector": Expected(
        Severity.AT_RISK,
        (warning("service-selects-some-pods", "redis-1 and redis-2", "no DNS name", "role=master"),),
    ),
    "psa": Expected(
        Severity.STUCK, (error("admission-refused", "psa-2: PodSecurity restricted:latest rejects the pod"),)
    ),
    "pvcterminating": Expected(
        Severity.AT_RISK,
        (warning("claim-deleted-in-use", "PVC www-nginx-1 is being deleted", "starts empty", "reclaim policy"),),
    ),
    "quota_flap": Expected(
        Severity.STUCK,
        (error("quota-exceeded", "kv-2: ResourceQuota compute exceeded", "describe resourcequota"),),
        ("event FailedCreate = absent", "no visible reason"),
        ("not-created",),
    ),
    "rabbit": Expected(
        Severity.STUCK,
        (
            error("crash-loop", "rabbitmq-0", "Liveness probe failed", "liveness probe"),
            warning(
                "ordered-start-deadlock",
                "rabbitmq-1 and rabbitmq-2",
                "rabbitmq-0",
                "podManagementPolicy Parallel",
                first=False,
            ),
        ),
    ),
    "reboot": Expected(
        Severity.STUCK,
        (error("mount-failed", "vs-1", "cannot be mounted", "csi.vsphere.vmware.com not found"),),
        ("wait until", "is restarting", "exited"),
        ("container-restarted", "slow-start"),
    ),
    "selectednode": Expected(
        Severity.STUCK,
        (
            error(
                "selected-node-gone",
                "PVC data-mq-1",
                "node-gone",
                "volume.kubernetes.io/selected-node",
                "annotate pvc data-mq-1 volume.kubernetes.io/selected-node-",
            ),
        ),
        ("its volume",),
    ),
    "sidecar": Expected(Severity.STUCK, (error("crash-loop", "ing-2", "proxy is crash-looping", "exit 1"),)),
    "sidecarstart": Expected(
        Severity.STUCK,
        (
            error(
                "init-container-stuck",
                "ing2-2: sidecar proxy has not started",
                "startup probe",
                "Unhealthy",
                "connection refused",
            ),
        ),
        ("does not finish", "has not finished"),
    ),
    "spreadzone": Expected(
        Severity.STUCK,
        (
            error(
                "volume-out-of-reach",
                "loki-2",
                "only reachable from z1",
                "pod topology spread constraints",
                "relax the topology spread constraints",
            ),
        ),
    ),
    "zalando": Expected(
        Severity.HEALTHY,
        (Says("service-not-headless", Level.NOTICE, ("acid-minimal is not headless",)),),
        ("replace --force", "recreate Service", "is lost"),
    ),
}

EXPECTED |= {
    "accountgone": Expected(
        Severity.STUCK,
        (error("service-account-missing", "vault-2: ServiceAccount vault does not exist", "create ServiceAccount"),),
        ("create the missing object", "rejected:"),
        ("creation-refused",),
    ),
    "admissionerror": Expected(
        Severity.STUCK,
        (error("pod-recreated-repeatedly", "gpu-0: fails and is recreated", "UnexpectedAdmissionError", "nvidia.com"),),
        ("should have recreated", "then delete gpu-0"),
    ),
    "attachlimit": Expected(
        Severity.STUCK,
        (error("unschedulable", "many-1: unschedulable: 2 node(s) exceed max volume count", "limited number"),),
        ("lower the requests", "edit statefulset", "delete many-1"),
    ),
    "boundbyother": Expected(
        Severity.AT_RISK,
        (warning("volume-of-other-claim", "two-1: volume", "reserved for PVC data/data-restore", "do not restart"),),
    ),
    "brokenfs": Expected(Severity.STUCK, (error("mount-failed", "fs-1: volume", "RUN fsck MANUALLY"),)),
    "budgetzero": Expected(
        Severity.AT_RISK,
        (warning("drain-blocked", "quorum-0: cannot be evicted from node node-a", "never allows a disruption"),),
    ),
    "claimfinalizer": Expected(
        Severity.STUCK,
        (error("claim-terminating", "cass-1", "data-cass-1", "backup.example.com/snapshot", "last resort"),),
    ),
    "emptyselector": Expected(
        Severity.STUCK,
        (
            error("crash-loop", "lavin-0, -1 and -2"),
            warning("service-selects-no-pod", "Service lavin selects no pod", "spec.selector = absent", first=False),
        ),
    ),
    "evictedagain": Expected(
        Severity.STUCK,
        (error("pod-recreated-repeatedly", "logs-1: fails and is recreated", "Evicted", "ephemeral-storage"),),
        ("should have recreated", "then delete logs-1"),
    ),
    "externalname": Expected(
        Severity.HEALTHY,
        (Says("service-not-headless", Level.NOTICE, ("legacy is an alias", "ExternalName")),),
        ("replace --force", "recreate Service", "cluster IP"),
    ),
    "goneunder": Expected(
        Severity.AT_RISK,
        (warning("claim-gone", "mongo-2: running, but its PVC data-mongo-2 is gone", "do not restart", "back up"),),
    ),
    "heldelsewhere": Expected(
        Severity.STUCK,
        (
            error(
                "volume-attached-elsewhere", "multi-1", "still attached to node-b", "powered off", "Multi-Attach error"
            ),
        ),
    ),
    "limitrange": Expected(
        Severity.STUCK,
        (error("limit-range-exceeded", "heap-1: LimitRange rejects the pod: maximum memory", "describe limitrange"),),
        ("create the missing object",),
        ("creation-refused",),
    ),
    "localnodedown": Expected(
        Severity.STUCK, (error("node-unreachable", "local-1: node node-b is unreachable", "powered off"),)
    ),
    "minready": Expected(Severity.ROLLING),
    "stalelease": Expected(
        Severity.STUCK,
        (
            error(
                "node-unreachable",
                "web-1: node node-b is unreachable, but still reported Ready",
                "check that kube-controller-manager is running",
                "lastHeartbeatTime",
                "Lease kube-node-lease/node-b",
            ),
        ),
        ("taint it out-of-service",),
    ),
    "nodetaint": Expected(
        Severity.STUCK, (error("volume-out-of-reach", "taint-1", "only reachable from z2", "{dedicated: batch}"),)
    ),
    "nosandbox": Expected(Severity.STUCK, (error("slow-start", "mesh-1", "Failed to create pod sandbox", "calico"),)),
    "nsterminating": Expected(
        Severity.STUCK,
        (error("namespace-terminating", "namespace data is being deleted: gone-1 cannot be created", "back up"),),
        ("create the missing object", "trigger a reconcile", "edit statefulset"),
        ("creation-refused",),
    ),
    "oldhistory": Expected(
        Severity.STUCK, (error("crash-loop", "hist-1", "crash-looping (exit 2"),), ("roll back", "undo")
    ),
    "oom": Expected(Severity.STUCK, (error("crash-loop", "cache-1", "OOMKilled", "raise the memory limit"),)),
    "orphans": Expected(
        Severity.STUCK, (error("name-taken", "odd-0: name is taken by a pod without an owner", "restore the selector"),)
    ),
    "otherzone": Expected(
        Severity.STUCK, (error("volume-out-of-reach", "aero-2", "only reachable from z3"),), ("free room",)
    ),
    "ownedclaim": Expected(
        Severity.AT_RISK,
        (warning("claim-owned-by-its-pod", "cow-0: PVC data-cow-0 is owned by the pod", "do not restart", "owner"),),
    ),
    "parallelroll": Expected(
        Severity.STUCK, (error("crash-loop", "para-2", "roll back the pod template"),), ("delete para-2",)
    ),
    "peersnotready": Expected(
        Severity.STUCK,
        (
            error("readiness-probe-failing", "nats-0, -1 and -2"),
            warning("dns-requires-readiness", "publish pods that are not Ready", first=False),
        ),
    ),
    "podfinalizer": Expected(
        Severity.STUCK, (error("finalizer-holds-pod", "shard-2: held by finalizer shard.example.com/rebalance"),)
    ),
    "portmismatch": Expected(Severity.HEALTHY),
    "prestop": Expected(
        Severity.ROLLING,
        (Says("long-grace", Level.NOTICE, ("drain-2: still terminating, within its grace period", "wait")),),
    ),
    "pullsecret": Expected(
        Severity.STUCK,
        (error("image-not-pulled", "pull-1", "create Secret registry-login", "FailedToRetrieveImagePullSecret"),),
    ),
    "pvdeleting": Expected(
        Severity.AT_RISK,
        (warning("volume-deleted-in-use", "ledger-0 and ledger-1: volumes", "being deleted", "Retain", "back up"),),
    ),
    "readinessgate": Expected(
        Severity.STUCK, (error("readiness-gate-unset", "gated-1: readiness gate target-health.elbv2.k8s.aws/tg-1"),)
    ),
    "scaledelete": Expected(Severity.HEALTHY),
    "selectormismatch": Expected(
        Severity.AT_RISK, (warning("service-selects-no-pod", "Service kv selects no pod", "app=kv"),)
    ),
    "startordinal": Expected(
        Severity.HEALTHY,
        (Says("leftover-claims", Level.NOTICE, ("moved-0: lowering ordinals.start would reuse",)),),
        ("moved-5: scaling up would reuse", "moved-0 and moved-5"),
    ),
    "startuploop": Expected(
        Severity.STUCK, (error("crash-loop", "graph-1", "killed by its startup probe", "Startup probe failed"),)
    ),
    "stillmounted": Expected(
        Severity.STUCK, (error("teardown-hangs", "store-1", "cannot unmount", "still mounted by other references"),)
    ),
    "subpath": Expected(Severity.STUCK, (error("config-error", "mysql-1", "failed to prepare subPath"),)),
    "templaterefused": Expected(
        Severity.STUCK, (error("quota-exceeded", "pvcq-2: ResourceQuota storage exceeded by its PVC"),)
    ),
    "webhookdown": Expected(
        Severity.STUCK,
        (error("admission-refused", "cfg-1: webhook pods.configurator.example cannot be called", "no endpoints"),),
        ("create the missing object", "edit statefulset"),
    ),
    "wholedown": Expected(
        Severity.STUCK,
        (
            error("readiness-probe-failing", "etcd-0"),
            warning("ordered-start-deadlock", "etcd-1 and etcd-2", "podManagementPolicy Parallel", first=False),
        ),
    ),
    "zonelost": Expected(
        Severity.STUCK,
        (error("node-unreachable", "zed-1"), warning("members-down", "2 of 3 members down", first=False)),
    ),
    "zonenodes": Expected(Severity.HEALTHY),
}

NOT_YET: dict[str, str] = {}
"""Reports that are not judged right yet, with what is missing."""


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "at first sight"])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_findings_of_a_report(name: str, watched: bool) -> None:
    wrong = list(_wrong(report(name, watched=watched).view(), EXPECTED[name]))
    if name in NOT_YET:
        assert wrong, f"{name} is right now: remove it from NOT_YET"
    else:
        assert not wrong


def test_every_report_has_an_expectation() -> None:
    assert sorted(EXPECTED) == names()


def _wrong(view: SetView, expected: Expected) -> Iterator[str]:
    """What differs from the expectation."""
    if view.severity is not expected.severity:
        yield f"the set is {view.severity.name}"
    if not expected.says and view.findings:
        yield f"it reports {view.findings[0].headline}"
    for says in expected.says:
        yield from _missing(view, says)
    everything = "\n".join([*map(_text, _all(view.findings)), view.wait.detail, view.wait.so, view.wait.next])
    yield from (f"it says {word!r}" for word in expected.spares if word in everything)
    yield from (f"{one.rule} reports {one.headline}" for one in _all(view.findings) if one.rule in expected.silent)


def _missing(view: SetView, says: Says) -> Iterator[str]:
    found = next((one for one in _all(view.findings) if one.rule == says.rule), None)
    if found is None:
        yield f"{says.rule} finds nothing"
        return
    if says.first and view.findings[0].rule != says.rule:
        yield f"{view.findings[0].rule} is the first finding"
    if found.level is not says.level:
        yield f"{says.rule} is of level {found.level.name}"
    text = _text(found)
    yield from (f"{says.rule} does not say {word!r}" for word in says.words if word not in text)


def _all(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    for finding in findings:
        yield finding
        yield from _all(finding.below)


def _text(finding: Finding) -> str:
    return "\n".join(
        (
            finding.headline,
            finding.so,
            *(f"{one.object} {one.field} = {one.value}" for one in finding.evidence),
            *(f"{one.text} {one.command}" for one in finding.remedies),
        )
    )
