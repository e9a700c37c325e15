"""The cluster and the namespaces that the words of a command line select."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Selection(NamedTuple):
    kubeconfig: str | None
    context: str | None
    as_user: str | None
    as_groups: tuple[str, ...]
    config: str | None
    namespaces: tuple[str, ...] | None
    """As in `stsview.live.target.KubeconfigTarget`: empty for all, None for those of the context."""

    @classmethod
    def of(cls, given: Mapping[str, Sequence[str]]) -> Selection:
        def last(name: str) -> str | None:
            values = given.get(name)
            return values[-1] if values else None

        namespaces = last("namespace")
        split = tuple(name.strip() for name in namespaces.split(",")) if namespaces else None
        return cls(
            last("kubeconfig"),
            last("context"),
            last("as_user"),
            tuple(given.get("as_groups", ())),
            last("config"),
            () if "all_namespaces" in given else split,
        )

    def within(self, *namespaces: str) -> Selection:
        return self._replace(namespaces=namespaces)

    @property
    def key(self) -> list[object]:
        """What the names depend on: the files as well, by their times and sizes."""
        paths = [self.kubeconfig] if self.kubeconfig else os.environ.get("KUBECONFIG", "").split(os.pathsep)
        files = [*filter(None, paths), *([] if any(paths) else [str(Path.home() / ".kube" / "config")])]
        config = self.config or os.environ.get("STSVIEW_CONFIG", "")
        return [*self, *map(_stamp, [*files, config]), os.environ.get("XDG_CONFIG_HOME", "")]


def _stamp(path: str) -> list[object]:
    try:
        status = Path(path).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return [path]
    return [path, status.st_mtime_ns, status.st_size]
