"""Pod Security Standards that a namespace enforces by its label.

Source: k8s.io/pod-security-admission/policy. Not simulated: AppArmor, SELinux, procMount, sysctls, Windows, and the
modes warn and audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import NAMESPACES, PODS
from stsview.simulator.apiserver.validation.cluster_state import ClusterState
from stsview.simulator.apiserver.wire import Object

ENFORCE = "pod-security.kubernetes.io/enforce"
ENFORCE_VERSION = "pod-security.kubernetes.io/enforce-version"

_CAPABILITIES = frozenset(
    (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
        *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
"""What a container has by default in common runtimes."""
_RESTRICTED_CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
_VOLUMES = frozenset(
    (
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
        *("image", "persistentVolumeClaim", "projected", "secret"),
    )
)
_SECCOMP = ("RuntimeDefault", "Localhost")


def check(cluster: ClusterState, pod: Object) -> None:
    """Raise `ApiError` 403 for a pod that violates the standard of its namespace."""
    namespace = cluster.find(NAMESPACES, "", pod["metadata"]["namespace"])
    labels = ((namespace or {}).get("metadata") or {}).get("labels") or {}
    level = labels.get(ENFORCE)
    checks = _CHECKS.get(level or "")
    if checks is None:
        return
    problems = [text for one in checks if (text := one(pod["spec"]))]
    if problems:
        version = labels.get(ENFORCE_VERSION, "latest")
        why = f'violates PodSecurity "{level}:{version}": {", ".join(problems)}'
        raise ApiError.forbidden(PODS, pod["metadata"].get("name", ""), why)


def _containers(spec: Object) -> Iterator[Object]:
    yield from spec.get("initContainers") or ()
    yield from spec.get("containers") or ()


def _context(container: Object) -> dict[str, Any]:
    return container.get("securityContext") or {}


def _names(containers: Iterable[Object]) -> str:
    """`container "a"`, or `containers "a", "b"`; empty for none."""
    return _listed("container", (one["name"] for one in containers))


def _listed(noun: str, names: Iterable[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    if not quoted:
        return ""
    return f"{noun}{'s' if len(quoted) > 1 else ''} {', '.join(quoted)}"


def _host_namespaces(spec: Object) -> str:
    set_ = [f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    return f"host namespaces ({', '.join(set_)})" if set_ else ""


def _host_paths(spec: Object) -> str:
    listed = _listed("volume", (one["name"] for one in spec.get("volumes") or () if "hostPath" in one))
    return f"hostPath volumes ({listed})" if listed else ""


def _host_ports(spec: Object) -> str:
    using = [one for one in _containers(spec) if any(port.get("hostPort") for port in one.get("ports") or ())]
    if not using:
        return ""
    ports = sorted({port["hostPort"] for one in using for port in one.get("ports") or () if port.get("hostPort")})
    verb = "uses" if len(using) == 1 else "use"
    noun = "hostPort" if len(ports) == 1 else "hostPorts"
    return f"hostPort ({_names(using)} {verb} {noun} {', '.join(map(str, ports))})"


def _privileged(spec: Object) -> str:
    listed = _names(one for one in _containers(spec) if _context(one).get("privileged"))
    return f"privileged ({listed} must not set securityContext.privileged=true)" if listed else ""


def _added(spec: Object, allowed: frozenset[str]) -> str:
    """Containers that add other capabilities."""
    found = {
        one["name"]: sorted(set((_context(one).get("capabilities") or {}).get("add") or ()) - allowed)
        for one in _containers(spec)
    }
    adding = {name: added for name, added in found.items() if added}
    if not adding:
        return ""
    added = ", ".join(f'"{one}"' for one in sorted({one for added in adding.values() for one in added}))
    return f"{_listed('container', adding)} must not include {added} in securityContext.capabilities.add"


def _default_capabilities(spec: Object) -> str:
    added = _added(spec, _CAPABILITIES)
    return f"non-default capabilities ({added})" if added else ""


def _dropped_capabilities(spec: Object) -> str:
    keeping = _names(
        one for one in _containers(spec) if "ALL" not in ((_context(one).get("capabilities") or {}).get("drop") or ())
    )
    drop = f'{keeping} must set securityContext.capabilities.drop=["ALL"]' if keeping else ""
    problems = [text for text in (drop, _added(spec, _RESTRICTED_CAPABILITIES)) if text]
    return f"unrestricted capabilities ({'; '.join(problems)})" if problems else ""


def _unconfined(spec: Object) -> str:
    problems = []
    if _seccomp(spec) == "Unconfined":
        problems.append('pod must not set securityContext.seccompProfile.type to "Unconfined"')
    listed = _names(one for one in _containers(spec) if _seccomp(one) == "Unconfined")
    if listed:
        problems.append(f'{listed} must not set securityContext.seccompProfile.type to "Unconfined"')
    return f"seccompProfile ({', '.join(problems)})" if problems else ""


def _confined(spec: Object) -> str:
    of_pod = _seccomp(spec)
    if of_pod and of_pod not in _SECCOMP:
        return f'seccompProfile (pod must not set securityContext.seccompProfile.type to "{of_pod}")'
    wrong = [one for one in _containers(spec) if _seccomp(one) and _seccomp(one) not in _SECCOMP]
    if wrong:
        return f'seccompProfile ({_names(wrong)} must not set securityContext.seccompProfile.type to "Unconfined")'
    unset = _names(one for one in _containers(spec) if not of_pod and not _seccomp(one))
    must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return f"seccompProfile (pod or {unset} {must})" if unset else ""


def _seccomp(of: Object) -> str:
    return (_context(of).get("seccompProfile") or {}).get("type", "")  # type: ignore[no-any-return]


def _escalation(spec: Object) -> str:
    listed = _names(one for one in _containers(spec) if _context(one).get("allowPrivilegeEscalation") is not False)
    must = "must set securityContext.allowPrivilegeEscalation=false"
    return f"allowPrivilegeEscalation != false ({listed} {must})" if listed else ""


def _volume_types(spec: Object) -> str:
    bad = {
        one["name"]: types[0] for one in spec.get("volumes") or () if (types := sorted(set(one) - {"name"} - _VOLUMES))
    }
    if not bad:
        return ""
    types = sorted(set(bad.values()))
    verb = "uses" if len(bad) == 1 else "use"
    return f"restricted volume types ({_listed('volume', bad)} {verb} {_listed('restricted volume type', types)})"


def _non_root(spec: Object) -> str:
    of_pod = _context(spec).get("runAsNonRoot")
    problems = ["pod must not set securityContext.runAsNonRoot=false"] if of_pod is False else []
    explicit = _names(one for one in _containers(spec) if _context(one).get("runAsNonRoot") is False)
    if explicit:
        problems.append(f"{explicit} must not set securityContext.runAsNonRoot=false")
    if not problems and of_pod is None:
        unset = _names(one for one in _containers(spec) if _context(one).get("runAsNonRoot") is None)
        problems += [f"pod or {unset} must set securityContext.runAsNonRoot=true"] if unset else []
    return f"runAsNonRoot != true ({', '.join(problems)})" if problems else ""


def _user(spec: Object) -> str:
    root = ["pod"] if _context(spec).get("runAsUser") == 0 else []
    listed = _names(one for one in _containers(spec) if _context(one).get("runAsUser") == 0)
    problems = [f"{one} must not set runAsUser=0" for one in (*root, *([listed] if listed else []))]
    return f"runAsUser=0 ({', '.join(problems)})" if problems else ""


_Check = Callable[[Object], str]

_CHECKS: dict[str, tuple[_Check, ...]] = {
    "baseline": (_default_capabilities, _host_namespaces, _host_paths, _host_ports, _privileged, _unconfined),
    "restricted": (
        _host_namespaces,
        _host_ports,
        _privileged,
        _escalation,
        _dropped_capabilities,
        _volume_types,
        _non_root,
        _user,
        _confined,
    ),
}
"""In the order of their messages: the checks of baseline by their ids, then those of restricted. A check of restricted
replaces the one of baseline about the same fields."""
