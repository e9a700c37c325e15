"""Containers of a pod, to choose one from."""

from __future__ import annotations

import msgspec

from stsview.live.on_demand import Document
from stsview.ui.inspect.json_value import JsonValue

_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"


class ContainerChoice(msgspec.Struct, frozen=True):
    name: str
    description: str
    """Kind and state: `sidecar, running`."""


def containers_of(pod: Document) -> tuple[tuple[ContainerChoice, ...], str]:
    """The containers, and the name of the one that kubectl would choose.

    Init and ephemeral containers come last.
    """
    document = JsonValue(pod)
    choices: list[ContainerChoice] = []
    for field, statuses, kind in (
        ("containers", "containerStatuses", ""),
        ("initContainers", "initContainerStatuses", "init"),
        ("ephemeralContainers", "ephemeralContainerStatuses", "ephemeral"),
    ):
        states = {status.text("name"): status for status in document.items("status", statuses)}
        for container in document.items("spec", field):
            name = container.text("name")
            if name:
                sidecar = kind == "init" and container.text("restartPolicy") == "Always"
                words = ["sidecar" if sidecar else kind, state_text(states.get(name, JsonValue(None)))]
                choices.append(ContainerChoice(name, ", ".join(word for word in words if word)))
    names = [one.name for one in choices]
    default = document.text("metadata", "annotations", _DEFAULT_CONTAINER)
    return tuple(choices), default if default in names else (names[0] if names else "")


def state_text(status: JsonValue) -> str:
    """State and restarts of a container: `CrashLoopBackOff, 12 restarts`."""
    state = status.at("state")
    if state.exists("running"):
        text = "running"
    elif state.exists("terminated"):
        text = state.text("terminated", "reason") or f"exited {state.text('terminated', 'exitCode')}"
    else:
        text = state.text("waiting", "reason")
    restarts = status.number("restartCount")
    restart_text = f"{restarts} restart{'' if restarts == 1 else 's'}" if restarts else ""
    return ", ".join(part for part in (text, restart_text) if part)
