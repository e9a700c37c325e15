"""The view of the cluster that admission and defaulting have."""

from __future__ import annotations

import random
from typing import Protocol

from stsview.simulator.apiserver.feature_gates import Gates
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object


class ClusterState(Protocol):
    """The part of `Storage` that validation uses.

    With it, storage imports validation and validation does not import storage.
    """

    gates: Gates
    random: random.Random

    def get(self, resource: Resource, namespace: str, name: str) -> Object:
        """The stored object. Raises `ApiError` 404."""

    def find(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """The stored object, or None."""

    def list(self, resource: Resource, namespace: str | None = None) -> list[Object]:
        """All objects of a kind, in one namespace or in all."""

    def random_suffix(self, length: int = 5) -> str:
        """Letters and digits, as `generateName` appends them."""
