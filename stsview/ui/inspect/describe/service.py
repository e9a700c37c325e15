"""A Service, with its endpoints."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.model.states import Health
from stsview.ui.inspect.describe.common import joint, life, rest
from stsview.ui.inspect.describe.writer import DescribeWriter, words
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans


def describe_service(writer: DescribeWriter, service: JsonValue, description: Description) -> None:
    spec = service.at("spec")
    address = spec.text("clusterIP")
    selector = joint(f"{name}={one.text()}" for name, one in spec.pairs("selector"))
    writer.facts(
        [
            ("type", words(spec.text("type"), Role.BRIGHT)),
            ("address", words("none: headless", Role.BRIGHT) if address == "None" else words(address)),
            ("selector", words(selector) or words("none: somebody else writes its endpoints", Role.WARNING)),
            ("not ready", words("published all the same" if spec.true("publishNotReadyAddresses") else "left out")),
            ("families", words(joint(spec.texts("ipFamilies")))),
            ("external", words(spec.text("externalName"))),
            ("affinity", words(spec.text("sessionAffinity"))),
            *life(writer, service),
        ]
    )
    writer.facts_below("ports", [_port(port) for port in spec.items("ports")])
    _endpoints(writer, description)
    rest(writer, service)


def _port(port: JsonValue) -> Spans:
    name = port.text("name")
    target = port.text("targetPort")
    to = f" to {target}" if target and target != port.text("port") else ""
    number = f"{port.text('port')}/{port.text('protocol') or 'TCP'}{to}"
    return ((number, Role.TEXT), (f"  {name}" if name else "", Role.DIM))


def _endpoints(writer: DescribeWriter, description: Description) -> None:
    found = [one for slice_ in description.slices for one in JsonValue(slice_).items("endpoints")]
    writer.heading("endpoints", words(str(len(found)) if found else "", Role.DIM))
    for problem in description.unknown:
        writer.text((sign(Health.UNKNOWN), (f" {problem}", Role.TEXT)), 2)
    if not found and not description.unknown:
        writer.text((("none", Role.DIM),), 2)
    writer.table([_endpoint(one) for one in found])


def _endpoint(one: JsonValue) -> tuple[Spans, ...]:
    # A ready that is not said counts as one (discovery/v1, EndpointConditions).
    ready = not one.there("conditions", "ready") or one.true("conditions", "ready")
    ending = one.true("conditions", "terminating")
    health = Health.TERMINATING if ending else Health.READY if ready else Health.PROGRESSING
    state = joint(("ready" if ready else "not ready", "terminating" if ending else ""))
    target = one.at("targetRef")
    return (
        (sign(health),),
        words(target.text("name"), Role.BRIGHT),
        words(joint(one.texts("addresses"))),
        words(state, Role.DIM if ready and not ending else Role.TEXT),
        words(joint((one.text("nodeName"), one.text("zone")), "  "), Role.DIM),
    )
