"""meta.k8s.io/v1 Tables, which `kubectl get` prints.

Source: kubernetes/pkg/printers/internalversion/printers.go and k8s.io/apiserver/pkg/registry/rest/table.go.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.kubectl import table_columns, table_pods
from stsview.simulator.apiserver.kubectl.table_columns import Column, Printer
from stsview.simulator.apiserver.resources import PODS, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object


class Tables:
    """Builds tables; ages are relative to the storage's clock."""

    def __init__(self, storage: Storage) -> None:
        self._clock = storage.clock

    def table(
        self,
        resource: Resource,
        objects: list[Object],
        metadata: dict[str, object],
        *,
        include: str = "Metadata",
        with_columns: bool = True,
    ) -> dict[str, Any]:
        """A Table of `objects`.

        `include` is what each row carries of its object: `None`, `Metadata` or `Object`.
        """
        printer = _printer(resource)
        now = self._clock.now()
        return {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "columnDefinitions": [_definition(column) for column in printer.columns] if with_columns else None,
            "rows": [_row(printer, obj, include, now) for obj in objects],
        }


def _printer(resource: Resource) -> Printer:
    if resource is PODS:
        return table_pods.PRINTER
    plain = table_columns.CUSTOM if resource.custom else table_columns.PLAIN
    return table_columns.PRINTERS.get(resource, plain)


def _row(printer: Printer, obj: Object, include: str, now: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"cells": printer.cells(obj, now)}
    if include == "Object":
        row["object"] = obj
    elif include != "None":
        row["object"] = {
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": obj["metadata"],
        }
    return row


def _definition(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "format": "name" if column.name == "Name" else "",
        "description": column.description,
        "priority": column.priority,
    }
