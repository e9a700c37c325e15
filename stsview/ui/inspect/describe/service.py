"""Describe sheet of a Service, with its endpoints."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.model.states import Health
from stsview.ui.inspect.describe.common import join_text, lifecycle_fields, other_section
from stsview.ui.inspect.describe.writer import DescribeWriter, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans


def describe_service(writer: DescribeWriter, service: JsonValue, description: Description) -> None:
    spec = service.at("spec")
    address = spec.text("clusterIP")
    selector = join_text(f"{name}={one.text()}" for name, one in spec.pairs("selector"))
    writer.fields(
        [
            ("type", styled(spec.text("type"), Role.BRIGHT)),
            ("cluster IP", styled("None (headless)", Role.BRIGHT) if address == "None" else styled(address)),
            ("selector", styled(selector) or styled("none (endpoints are managed manually)", Role.WARNING)),
            ("not ready", styled("published" if spec.is_true("publishNotReadyAddresses") else "not published")),
            ("families", styled(join_text(spec.texts("ipFamilies")))),
            ("external", styled(spec.text("externalName"))),
            ("affinity", styled(spec.text("sessionAffinity"))),
            *lifecycle_fields(writer, service),
        ]
    )
    writer.field_lines("ports", [_port(port) for port in spec.items("ports")])
    _endpoints(writer, description)
    other_section(writer, service)


def _port(port: JsonValue) -> Spans:
    name = port.text("name")
    target = port.text("targetPort")
    to = f" to {target}" if target and target != port.text("port") else ""
    number = f"{port.text('port')}/{port.text('protocol') or 'TCP'}{to}"
    return ((number, Role.TEXT), (f"  {name}" if name else "", Role.DIM))


def _endpoints(writer: DescribeWriter, description: Description) -> None:
    endpoints = [one for slice_ in description.slices for one in JsonValue(slice_).items("endpoints")]
    writer.heading("endpoints", styled(str(len(endpoints)) if endpoints else "", Role.DIM))
    for problem in description.unknown:
        writer.text((sign(Health.UNKNOWN), (f" {problem}", Role.TEXT)), 2)
    if not endpoints and not description.unknown:
        writer.text((("none", Role.DIM),), 2)
    writer.table([_endpoint(one) for one in endpoints])


def _endpoint(one: JsonValue) -> tuple[Spans, ...]:
    # A missing `ready` means ready (discovery/v1, EndpointConditions).
    ready = not one.exists("conditions", "ready") or one.is_true("conditions", "ready")
    terminating = one.is_true("conditions", "terminating")
    health = Health.TERMINATING if terminating else Health.READY if ready else Health.PROGRESSING
    state = join_text(("ready" if ready else "not ready", "terminating" if terminating else ""))
    target = one.at("targetRef")
    return (
        (sign(health),),
        styled(target.text("name"), Role.BRIGHT),
        styled(join_text(one.texts("addresses"))),
        styled(state, Role.DIM if ready and not terminating else Role.TEXT),
        styled(join_text((one.text("nodeName"), one.text("zone")), "  "), Role.DIM),
    )
