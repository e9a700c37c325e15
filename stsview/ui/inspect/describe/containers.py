"""Sections of a describe sheet about containers."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.states import Health
from stsview.text.ages import precise
from stsview.text.glyphs import active
from stsview.ui.inspect.describe.common import join_text, resource_spans
from stsview.ui.inspect.describe.writer import DescribeWriter, Field, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans

_INDENT = 4

_PROBES = (("readinessProbe", "readiness"), ("livenessProbe", "liveness"), ("startupProbe", "startup"))

_KINDS = (
    ("init containers", "initContainers", "initContainerStatuses"),
    ("containers", "containers", "containerStatuses"),
    ("ephemeral containers", "ephemeralContainers", "ephemeralContainerStatuses"),
)


def describe_containers(writer: DescribeWriter, spec: JsonValue, status: JsonValue | None = None) -> None:
    """Containers of a pod with their states.

    Without `status`, containers of a pod template.
    """
    for heading, field, statuses in _KINDS:
        items = spec.items(field)
        if not items:
            continue
        writer.heading(heading)
        known = {one.text("name"): one for one in (status or JsonValue(None)).items(statuses)}
        for container in items:
            name = container.text("name")
            _container(writer, container, known.get(name, JsonValue(None)), with_state=status is not None)


def _container(writer: DescribeWriter, container: JsonValue, status: JsonValue, *, with_state: bool) -> None:
    mark = (sign(_health(status)), (" ", Role.DIM)) if with_state else ()
    kind = "  sidecar" if container.text("restartPolicy") == "Always" else ""
    image = container.text("image")
    writer.text((*mark, (container.text("name"), Role.STRONG), (f"  {image}", Role.TEXT), (kind, Role.DIM)), 2)
    fields: list[Field] = []
    if with_state:
        fields += [
            ("state", _state(writer, status.at("state"))),
            ("last state", _state(writer, status.at("lastState"))),
            (
                "restarts",
                styled(status.text("restartCount"), Role.WARNING if status.number("restartCount") else Role.DIM),
            ),
        ]
        running = status.text("image")
        if running and not running.endswith(image):
            fields.append(("running image", styled(running)))
    fields += [
        ("command", styled(join_text((*container.texts("command"), *container.texts("args")), " "))),
        ("ports", styled(join_text(_port(port) for port in container.items("ports")))),
        ("resources", resource_spans(container.at("resources"))),
    ]
    for label, value in fields:
        writer.field(label, value, _INDENT)
    for field, label in _PROBES:
        writer.field(label, _probe(container.at(field)), _INDENT)
    writer.field("pre-stop", styled(join_text(_action(container.at("lifecycle", "preStop")), " ")), _INDENT)
    writer.field_lines("env", [_env(one) for one in container.items("env")] + list(_env_from(container)), _INDENT)
    writer.field_lines("mounts", [_mount(one) for one in container.items("volumeMounts")], _INDENT)


def _health(status: JsonValue) -> Health:
    state = status.at("state")
    if state.exists("running"):
        return Health.READY if status.is_true("ready") else Health.PROGRESSING
    if state.exists("terminated"):
        return Health.MISSING if state.text("terminated", "exitCode") == "0" else Health.DEGRADED
    reason = state.text("waiting", "reason")
    return Health.PROGRESSING if reason in ("", "ContainerCreating", "PodInitializing") else Health.DEGRADED


def _state(writer: DescribeWriter, state: JsonValue) -> Spans:
    if state.exists("running"):
        return (("running ", Role.BRIGHT), ("since ", Role.DIM), *writer.since(state.time("running", "startedAt")))
    if state.exists("waiting"):
        waiting = state.at("waiting")
        reason, message = waiting.text("reason"), waiting.text("message")
        return join_spans([(("waiting", Role.TEXT),), styled(reason, Role.DEGRADED), styled(message)], ("  ", Role.DIM))
    if not state.exists("terminated"):
        return ()
    terminated = state.at("terminated")
    code, finished, started = terminated.text("exitCode"), terminated.time("finishedAt"), terminated.time("startedAt")
    succeeded = code == "0"
    ran = f"ran {precise((finished - started).total_seconds())}" if finished and started else ""
    signal = f"signal {terminated.text('signal')}" if terminated.number("signal") else ""
    return join_spans(
        [
            ((f"exit code {code}", Role.BRIGHT if succeeded else Role.DEGRADED),),
            styled(join_text((terminated.text("reason"), signal))),
            writer.since(finished),
            styled(ran, Role.DIM),
            styled(terminated.text("message")),
        ],
        ("  ", Role.DIM),
    )


def _port(port: JsonValue) -> str:
    number = f"{port.text('containerPort')}/{port.text('protocol') or 'TCP'}"
    return f"{port.text('name')} {number}" if port.text("name") else number


def _probe(probe: JsonValue) -> Spans:
    """Action and timing of a probe, with the defaults of core/v1."""
    if not probe.exists():
        return ()
    every = f"every {probe.text('periodSeconds') or '10'} s"
    timeout = f"timeout {probe.text('timeoutSeconds') or '1'} s"
    delay = f"delay {probe.text('initialDelaySeconds')} s" if probe.number("initialDelaySeconds") else ""
    failures = f"{probe.text('failureThreshold') or '3'} failures"
    timing = join_text((every, timeout, delay, failures))
    return join_spans([styled(join_text(_action(probe), " ")), styled(timing, Role.DIM)], ("  ", Role.DIM))


def _action(handler: JsonValue) -> Iterator[str]:
    """Action of a probe or lifecycle hook."""
    if handler.exists("httpGet"):
        http = handler.at("httpGet")
        scheme = (http.text("scheme") or "HTTP").lower()
        yield f"{scheme}://{http.text('host')}:{http.text('port')}{http.text('path') or '/'}"
    if handler.exists("exec"):
        yield "exec"
        yield from handler.texts("exec", "command")
    if handler.exists("tcpSocket"):
        yield f"tcp :{handler.text('tcpSocket', 'port')}"
    if handler.exists("grpc"):
        yield f"grpc :{handler.text('grpc', 'port')} {handler.text('grpc', 'service')}".strip()
    if handler.exists("sleep"):
        yield f"sleep {handler.text('sleep', 'seconds')} s"


def _env(one: JsonValue) -> Spans:
    name: Spans = ((one.text("name"), Role.TEXT), ("=", Role.DIM))
    if not one.exists("valueFrom"):
        return (*name, (one.text("value"), Role.TEXT))
    for field, source in one.pairs("valueFrom"):
        path = source.text("fieldPath") or source.text("resource")
        where = path or join_text((source.text("name"), source.text("key")), "/")
        kind = {"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"}.get(field, "")
        return (*name, (f"from {join_text((kind, where), ' ')}", Role.DIM))
    return name


def _env_from(container: JsonValue) -> Iterator[Spans]:
    for one in container.items("envFrom"):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            if one.exists(field):
                yield styled(f"{one.text('prefix')}{active().ellipsis} from {kind} {one.text(field, 'name')}", Role.DIM)


def _mount(mount: JsonValue) -> Spans:
    how = join_text(("read-only" if mount.is_true("readOnly") else "", mount.text("subPath")))
    return join_spans(
        [
            styled(mount.text("mountPath")),
            ((f"from {mount.text('name')}", Role.DIM),),
            styled(how, Role.DIM),
        ],
        (" ", Role.DIM),
    )
