"""Containers: what they are, how they are, how they ended."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.states import Health
from stsview.text.ages import precise
from stsview.text.glyphs import active
from stsview.ui.inspect.describe.common import joint, resources_words
from stsview.ui.inspect.describe.writer import DescribeWriter, Fact, words
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
    """Those of a pod with how each is; without a status, those of a template."""
    for heading, field, statuses in _KINDS:
        found = spec.items(field)
        if not found:
            continue
        writer.heading(heading)
        known = {one.text("name"): one for one in (status or JsonValue(None)).items(statuses)}
        for container in found:
            name = container.text("name")
            _container(writer, container, known.get(name, JsonValue(None)), with_state=status is not None)


def _container(writer: DescribeWriter, container: JsonValue, status: JsonValue, *, with_state: bool) -> None:
    mark = (sign(_health(status)), (" ", Role.DIM)) if with_state else ()
    kind = "  sidecar" if container.text("restartPolicy") == "Always" else ""
    image = container.text("image")
    writer.text((*mark, (container.text("name"), Role.STRONG), (f"  {image}", Role.TEXT), (kind, Role.DIM)), 2)
    facts: list[Fact] = []
    if with_state:
        facts += [
            ("state", _state(writer, status.at("state"))),
            ("last state", _state(writer, status.at("lastState"))),
            (
                "restarts",
                words(status.text("restartCount"), Role.WARNING if status.number("restartCount") else Role.DIM),
            ),
        ]
        running = status.text("image")
        if running and not running.endswith(image):
            facts.append(("runs", words(running)))
    facts += [
        ("command", words(joint((*container.texts("command"), *container.texts("args")), " "))),
        ("ports", words(joint(_port(port) for port in container.items("ports")))),
        ("resources", resources_words(container.at("resources"))),
    ]
    for label, said in facts:
        writer.fact(label, said, _INDENT)
    for field, label in _PROBES:
        writer.fact(label, _probe(container.at(field)), _INDENT)
    writer.fact("pre-stop", words(joint(_action(container.at("lifecycle", "preStop")), " ")), _INDENT)
    writer.facts_below("env", [_env(one) for one in container.items("env")] + list(_env_from(container)), _INDENT)
    writer.facts_below("mounts", [_mount(one) for one in container.items("volumeMounts")], _INDENT)


def _health(status: JsonValue) -> Health:
    state = status.at("state")
    if state.there("running"):
        return Health.READY if status.true("ready") else Health.PROGRESSING
    if state.there("terminated"):
        return Health.MISSING if state.text("terminated", "exitCode") == "0" else Health.DEGRADED
    reason = state.text("waiting", "reason")
    return Health.PROGRESSING if reason in ("", "ContainerCreating", "PodInitializing") else Health.DEGRADED


def _state(writer: DescribeWriter, state: JsonValue) -> Spans:
    if state.there("running"):
        return (("running ", Role.BRIGHT), ("since ", Role.DIM), *writer.since(state.time("running", "startedAt")))
    if state.there("waiting"):
        waiting = state.at("waiting")
        reason, message = waiting.text("reason"), waiting.text("message")
        return join_spans([(("waiting", Role.TEXT),), words(reason, Role.DEGRADED), words(message)], ("  ", Role.DIM))
    if not state.there("terminated"):
        return ()
    ended = state.at("terminated")
    code, finished, started = ended.text("exitCode"), ended.time("finishedAt"), ended.time("startedAt")
    fine = code == "0"
    ran = f"ran {precise((finished - started).total_seconds())}" if finished and started else ""
    signal = f"signal {ended.text('signal')}" if ended.number("signal") else ""
    return join_spans(
        [
            ((f"exited with {code}", Role.BRIGHT if fine else Role.DEGRADED),),
            words(joint((ended.text("reason"), signal))),
            writer.since(finished),
            words(ran, Role.DIM),
            words(ended.text("message")),
        ],
        ("  ", Role.DIM),
    )


def _port(port: JsonValue) -> str:
    number = f"{port.text('containerPort')}/{port.text('protocol') or 'TCP'}"
    return f"{port.text('name')} {number}" if port.text("name") else number


def _probe(probe: JsonValue) -> Spans:
    """The action, and in which rhythm, with the defaults of core/v1 where the object says nothing."""
    if not probe.there():
        return ()
    every = f"every {probe.text('periodSeconds') or '10'} s"
    timeout = f"timeout {probe.text('timeoutSeconds') or '1'} s"
    delay = f"first after {probe.text('initialDelaySeconds')} s" if probe.number("initialDelaySeconds") else ""
    failures = f"fails after {probe.text('failureThreshold') or '3'}"
    rhythm = joint((every, timeout, delay, failures))
    return join_spans([words(joint(_action(probe), " ")), words(rhythm, Role.DIM)], ("  ", Role.DIM))


def _action(handler: JsonValue) -> Iterator[str]:
    """What a probe or a hook does."""
    if handler.there("httpGet"):
        http = handler.at("httpGet")
        scheme = (http.text("scheme") or "HTTP").lower()
        yield f"{scheme}://{http.text('host')}:{http.text('port')}{http.text('path') or '/'}"
    if handler.there("exec"):
        yield "exec"
        yield from handler.texts("exec", "command")
    if handler.there("tcpSocket"):
        yield f"tcp :{handler.text('tcpSocket', 'port')}"
    if handler.there("grpc"):
        yield f"grpc :{handler.text('grpc', 'port')} {handler.text('grpc', 'service')}".strip()
    if handler.there("sleep"):
        yield f"sleep {handler.text('sleep', 'seconds')} s"


def _env(one: JsonValue) -> Spans:
    name: Spans = ((one.text("name"), Role.TEXT), ("=", Role.DIM))
    if not one.there("valueFrom"):
        return (*name, (one.text("value"), Role.TEXT))
    for field, source in one.pairs("valueFrom"):
        path = source.text("fieldPath") or source.text("resource")
        where = path or joint((source.text("name"), source.text("key")), "/")
        kind = {"secretKeyRef": "secret", "configMapKeyRef": "config map"}.get(field, "")
        return (*name, (f"from {joint((kind, where), ' ')}", Role.DIM))
    return name


def _env_from(container: JsonValue) -> Iterator[Spans]:
    for one in container.items("envFrom"):
        for field, kind in (("secretRef", "secret"), ("configMapRef", "config map")):
            if one.there(field):
                yield words(f"{one.text('prefix')}{active().ellipsis} from {kind} {one.text(field, 'name')}", Role.DIM)


def _mount(mount: JsonValue) -> Spans:
    how = joint(("read-only" if mount.true("readOnly") else "", mount.text("subPath")))
    return join_spans(
        [
            words(mount.text("mountPath")),
            ((f"from {mount.text('name')}", Role.DIM),),
            words(how, Role.DIM),
        ],
        (" ", Role.DIM),
    )
