"""The image registry, and the images that each node has pulled."""

from __future__ import annotations

import re
from collections import defaultdict

_REFERENCE = re.compile(
    r"(?:[a-z0-9.-]+(?::\d+)?/)?[a-z0-9._/-]+(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?\Z"
)


class Images:
    """A registry in which every image exists except those in `missing`."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self._pulled: defaultdict[str, set[str]] = defaultdict(set)

    def valid(self, image: str) -> bool:
        return bool(_REFERENCE.match(image))

    def exists(self, image: str) -> bool:
        return image not in self.missing

    def on_node(self, node: str, image: str) -> bool:
        return image in self._pulled[node]

    def pulled(self, node: str, image: str) -> None:
        self._pulled[node].add(image)

    @staticmethod
    def full_name(image: str) -> str:
        """`docker.io/library/zookeeper:3.8.1`, as container runtimes write it."""
        first = image.partition("/")[0]
        if "/" not in image:
            return f"docker.io/library/{image}"
        return image if "." in first or ":" in first else f"docker.io/{image}"
