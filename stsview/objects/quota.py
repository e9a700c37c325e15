"""v1 ResourceQuota."""

from __future__ import annotations

from stsview.objects.meta import BasicMeta, Struct


class ResourceQuotaStatus(Struct, frozen=True):
    hard: dict[str, str] = {}
    """The limits, by resource: `requests.storage`, or that of one class with
    `<class>.storageclass.storage.k8s.io/requests.storage`."""
    used: dict[str, str] = {}


class ResourceQuota(Struct, frozen=True):
    metadata: BasicMeta
    status: ResourceQuotaStatus = ResourceQuotaStatus()
