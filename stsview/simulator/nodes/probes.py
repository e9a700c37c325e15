"""The probes of a container, and their events.

Source: kubernetes/pkg/kubelet/prober/{prober,worker}.go, pkg/probe/{http,tcp,exec,grpc}; the defaults are those of
SetDefaults_Probe.
"""

from __future__ import annotations

from typing import Any

READINESS, LIVENESS, STARTUP = "Readiness", "Liveness", "Startup"

QUIET_PERIOD = 300
"""Seconds between events of a readiness probe that keeps failing: client-go drops most of those in between."""


class Probe:
    """One probe of a running container, while it fails.

    A container whose spec has no such probe is treated as if it had one with the default period and threshold.
    """

    def __init__(self, kind: str, container: dict[str, Any], started: float) -> None:
        spec = container.get(f"{kind.lower()}Probe") or {}
        self.kind = kind
        self.failures = 0
        self.threshold: int = spec.get("failureThreshold") or 3
        self.grace_seconds: int | None = spec.get("terminationGracePeriodSeconds")
        self._spec = spec
        self._period: float = spec.get("periodSeconds") or 10
        self._first = started + (spec.get("initialDelaySeconds") or 0)
        self._due = self._first

    def failed(self, failing: bool, now: float) -> bool:
        """Whether it fails at this moment. `failing` is whether it would if it ran now."""
        if not failing:
            self.failures, self._due = 0, self._first
            return False
        if now < self._due:
            return False
        self.failures += 1
        quiet = self.kind == READINESS and self.failures >= self.threshold
        self._due = now + (QUIET_PERIOD if quiet else self._period)
        return True

    def seconds_left(self, failing: bool, now: float) -> float | None:
        """Seconds until it fails again, or None while it does not fail."""
        return max(0.0, self._due - now) if failing else None

    def message(self, pod_ip: str) -> str:
        """The message of the event Unhealthy."""
        return f"{self.kind} probe failed: {_output(self._spec, pod_ip)}"


def _output(spec: dict[str, Any], pod_ip: str) -> str:
    if "tcpSocket" in spec:
        host = spec["tcpSocket"].get("host") or pod_ip
        return f"dial tcp {host}:{spec['tcpSocket'].get('port')}: connect: connection refused"
    if "grpc" in spec:
        return 'service unhealthy (responded with "NOT_SERVING")'
    if "exec" in spec:
        command = " ".join(spec["exec"].get("command") or ())
        return f'command timed out: "{command}" timed out after {spec.get("timeoutSeconds") or 1}s'
    return "HTTP probe failed with statuscode: 503"
