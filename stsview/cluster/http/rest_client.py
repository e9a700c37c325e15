"""kubernetes-asyncio's client for requests, without the rest of that library.

The packages of the library import all it has, whichever module is asked for: 860 modules of generated models, a quarter
of a second of CPU and 40 MB (https://github.com/tomplus/kubernetes_asyncio/issues/293). stsview decodes answers on its
own, and needs one module of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any


def enter_package(name: str) -> None:
    """Have modules of a package imported without the package itself, which is only run once something else is read of
    it.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no package {name}", name=name)
    package, loader = importlib.util.module_from_spec(spec), spec.loader

    def run(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        del package.__getattr__
        loader.exec_module(package)
        return getattr(package, attribute)

    # PEP 562: asked for what the package lacks.
    package.__getattr__ = run  # type: ignore[method-assign]
    sys.modules[name] = package
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, package)


if TYPE_CHECKING:
    from kubernetes_asyncio.client.rest import RESTClientObject
else:
    for _name in ("kubernetes_asyncio", "kubernetes_asyncio.client"):
        enter_package(_name)
    RESTClientObject = importlib.import_module("kubernetes_asyncio.client.rest").RESTClientObject

__all__ = ["RESTClientObject", "enter_package"]
