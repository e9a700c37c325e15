"""The containers of a pod, for whoever has to choose one of them."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.live.on_demand import Document
from stsview.ui.inspect.json_value import JsonValue

_DEFAULT = "kubectl.kubernetes.io/default-container"


@dataclass(frozen=True, slots=True)
class ContainerChoice:
    name: str
    words: str
    """What it is, and how it is."""


def containers_of(pod: Document) -> tuple[tuple[ContainerChoice, ...], str]:
    """The containers, those first that run all the time, and the name of the one that kubectl would take."""
    tree = JsonValue(pod)
    found: list[ContainerChoice] = []
    for field, statuses, kind in (
        ("containers", "containerStatuses", ""),
        ("initContainers", "initContainerStatuses", "init"),
        ("ephemeralContainers", "ephemeralContainerStatuses", "ephemeral"),
    ):
        states = {status.text("name"): status for status in tree.items("status", statuses)}
        for container in tree.items("spec", field):
            name = container.text("name")
            if name:
                sidecar = kind == "init" and container.text("restartPolicy") == "Always"
                words = ["sidecar" if sidecar else kind, state_words(states.get(name, JsonValue(None)))]
                found.append(ContainerChoice(name, ", ".join(word for word in words if word)))
    names = [one.name for one in found]
    wish = tree.text("metadata", "annotations", _DEFAULT)
    return tuple(found), wish if wish in names else (names[0] if names else "")


def state_words(status: JsonValue) -> str:
    """The state of a container and how often it was restarted: `CrashLoopBackOff, 12 restarts`."""
    state = status.at("state")
    if state.there("running"):
        words = "running"
    elif state.there("terminated"):
        words = state.text("terminated", "reason") or f"exited {state.text('terminated', 'exitCode')}"
    else:
        words = state.text("waiting", "reason")
    restarts = status.number("restartCount")
    again = f"{restarts} restart{'' if restarts == 1 else 's'}" if restarts else ""
    return ", ".join(part for part in (words, again) if part)
