"""A container as a process sees it: names, addresses, environment, mounts and files."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stsview.clock import Clock
from stsview.simulator.apiserver.resources import CONFIG_MAPS, SECRETS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.nodes.shell.image_profiles import ImageProfile, image_name, image_profile
from stsview.simulator.nodes.stats.volume_usage import VolumeUsage

DNS_SERVICE = "10.96.0.10"
DOMAIN = "cluster.local"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class Mount:
    """A mounted volume."""

    path: str
    device: str
    size: int
    """Bytes."""
    used: int
    claim: str = ""
    """The PersistentVolumeClaim; empty for other volumes."""


@dataclass
class Container:
    """One run of a container of a pod."""

    pod: Object
    spec: Object
    storage: Storage
    informers: Informers
    volumes: VolumeUsage
    written: dict[str, bytes] = field(default_factory=dict)
    """The files that processes wrote, by path."""

    @property
    def clock(self) -> Clock:
        return self.storage.clock

    @property
    def name(self) -> str:
        return self.pod["metadata"]["name"]  # type: ignore[no-any-return]

    @property
    def namespace(self) -> str:
        return self.pod["metadata"]["namespace"]  # type: ignore[no-any-return]

    @property
    def image(self) -> str:
        """The last part of the image's name."""
        return image_name(self.spec.get("image", ""))

    @property
    def profile(self) -> ImageProfile:
        return image_profile(self.spec.get("image", ""))

    @property
    def tag(self) -> str:
        return self.spec.get("image", "").rpartition(":")[2]  # type: ignore[no-any-return]

    @property
    def main(self) -> str:
        """The command line of the first process."""
        given = [*(self.spec.get("command") or ()), *(self.spec.get("args") or ())]
        return " ".join(given) or self.profile.main or self.image

    @property
    def hostname(self) -> str:
        return self.pod["spec"].get("hostname") or self.name

    @property
    def subdomain(self) -> str:
        return self.pod["spec"].get("subdomain") or ""

    @property
    def address(self) -> str:
        """The pod IP."""
        return (self.pod.get("status") or {}).get("podIP") or "127.0.0.1"

    @property
    def fqdn(self) -> str:
        """The full host name; the short one without a governing Service."""
        if not self.subdomain:
            return self.hostname
        return f"{self.hostname}.{self.subdomain}.{self.namespace}.svc.{DOMAIN}"

    @property
    def search(self) -> list[str]:
        """The search domains of its resolver."""
        return [f"{self.namespace}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN]

    def peers(self) -> list[Object]:
        """The pods of the same owner, by name; the pod alone without one."""
        owners = [one["uid"] for one in self.pod["metadata"].get("ownerReferences") or () if one.get("controller")]
        if not owners:
            return [self.pod]
        found = [
            pod
            for pod in self.informers.pods.objects.values()
            if any(one["uid"] in owners for one in pod["metadata"].get("ownerReferences") or ())
        ]
        return sorted(found, key=lambda pod: _ordinal(pod["metadata"]["name"]))

    def environment(self) -> dict[str, str]:
        """The variables that its processes start with."""
        home = "/root" if self.profile.uid == 0 else self.profile.directory
        variables = {
            "PATH": _PATH,
            "HOSTNAME": self.hostname,
            "HOME": home,
            "KUBERNETES_SERVICE_HOST": "10.96.0.1",
            "KUBERNETES_SERVICE_PORT": "443",
        }
        for one in self.spec.get("env") or ():
            value = one.get("value") if "valueFrom" not in one else self._value_from(one["valueFrom"])
            if value is not None:
                variables[one["name"]] = str(value)
        return variables

    def _value_from(self, source: Object) -> str | None:
        if reference := source.get("fieldRef"):
            found: Any = self.pod
            for part in reference["fieldPath"].split("."):
                found = (found or {}).get(part)
            return None if found is None else str(found)
        for kind, resource in (("configMapKeyRef", CONFIG_MAPS), ("secretKeyRef", SECRETS)):
            if reference := source.get(kind):
                content = self._content(resource.plural, reference["name"])
                data = content.get(reference["key"])
                return None if data is None else data.decode(errors="replace")
        return None

    @cached_property
    def mounts(self) -> list[Mount]:
        """Its PersistentVolumeClaims, in the order of its volumeMounts."""
        found: list[Mount] = []
        for mount in self.spec.get("volumeMounts") or ():
            claim = (self._volumes.get(mount["name"], {}).get("persistentVolumeClaim") or {}).get("claimName")
            stored = self.informers.claims.get(self.namespace, claim or "")
            if claim is None or stored is None:
                continue
            size, used = self.volumes.of(stored)
            device = f"/dev/nvme{1 + len(found)}n1"
            found.append(Mount(mount["mountPath"].rstrip("/"), device, size, used, claim))
        return found

    @property
    def _volumes(self) -> dict[str, Object]:
        return {one["name"]: one for one in self.pod["spec"].get("volumes") or ()}

    def files(self) -> dict[str, bytes]:
        """All files by path."""
        return {**self._system_files(), **dict(self._mounted_files()), **self.written}

    def directories(self) -> set[str]:
        """All folders by path."""
        folders = {"/", "/tmp", "/proc", "/sys", "/dev", "/root", "/home", "/opt", "/run", "/usr/bin", "/bin"}  # noqa: S108
        folders |= {f"{one.path}/lost+found" for one in self.mounts} | {one.path for one in self.mounts}
        folders |= {self.profile.directory}
        for path in [*self.files(), *folders]:
            parts = path.split("/")
            folders |= {"/".join(parts[:count]) or "/" for count in range(1, len(parts))}
        return folders

    def _system_files(self) -> dict[str, bytes]:
        own = f"{self.address}\t{self.fqdn}\t{self.hostname}" if self.subdomain else f"{self.address}\t{self.hostname}"
        system = self.profile.system
        files = {
            "/etc/hostname": f"{self.hostname}\n",
            "/etc/hosts": "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost "
            f"ip6-loopback\n{own}\n",
            "/etc/resolv.conf": f"search {' '.join(self.search)}\nnameserver {DNS_SERVICE}\noptions ndots:5\n",
            "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
            + (f"{self.profile.user}:x:{self.profile.uid}:{self.profile.uid}::/:/bin/sh\n" if self.profile.uid else ""),
            "/etc/os-release": f'PRETTY_NAME="{system}"\nNAME="{system.partition(" ")[0]}"\n',
            "/proc/1/cmdline": self.main.replace(" ", "\0"),
            f"{_TOKENS}/namespace": self.namespace,
        }
        return {path: text.encode() for path, text in files.items()}

    def _mounted_files(self) -> Iterator[tuple[str, bytes]]:
        for one in self.mounts:
            for name, text in self.profile.data:
                yield f"{one.path}/{name}", text.replace("{ordinal}", str(_ordinal(self.name)[0])).encode()
        for mount in self.spec.get("volumeMounts") or ():
            volume = self._volumes.get(mount["name"], {})
            for field_name, key, plural in (("configMap", "name", "configmaps"), ("secret", "secretName", "secrets")):
                if field_name in volume:
                    for name, data in self._content(plural, volume[field_name].get(key, "")).items():
                        yield f"{mount['mountPath'].rstrip('/')}/{name}", data

    def _content(self, plural: str, name: str) -> dict[str, bytes]:
        """The keys of a ConfigMap or Secret; nothing where it is missing."""
        resource = CONFIG_MAPS if plural == CONFIG_MAPS.plural else SECRETS
        stored = self.storage.find(resource, self.namespace, name) or {}
        if resource is SECRETS:
            return {key: base64.b64decode(value) for key, value in (stored.get("data") or {}).items()}
        return {key: value.encode() for key, value in (stored.get("data") or {}).items()}


def _ordinal(name: str) -> tuple[int, str]:
    number = name.rpartition("-")[2]
    return (int(number), name) if number.isdigit() else (-1, name)
