"""The owners of a set, and the ConfigMaps and Secrets that its template refers to, from the whole set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stsview.live.on_demand import Document, kind_of
from stsview.objects.kinds import CONFIG_MAPS, SECRETS, Kind
from stsview.objects.meta import Key
from stsview.ui.inspect.inspect_target import ObjectRef
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.inspect.references.references_requested import Reference


def referenced(document: Document, namespace: str) -> tuple[ObjectRef, ...]:
    """The objects that a set names, in the order of `Reference`; nothing for a malformed set."""
    tree = JsonValue(document)
    return (*_owners(tree, namespace), *_of_template(tree.at("spec", "template", "spec"), namespace))


def references_of(refs: Sequence[ObjectRef], reference: Reference) -> tuple[ObjectRef, ...]:
    """Those of one sort."""
    return tuple(ref for ref in refs if ref.word == reference.value)


def _owners(tree: JsonValue, namespace: str) -> Iterator[ObjectRef]:
    for owner in tree.items("metadata", "ownerReferences"):
        name, kind = owner.text("name"), owner.text("kind")
        if not name or not kind:
            continue
        how = "" if owner.is_true("controller") else ", not its controller"
        kind_named = kind_of(owner.text("apiVersion"), kind)
        key = Key(namespace if kind_named.namespaced else "", name)
        yield ObjectRef(kind_named, key, Reference.OWNER.value, f"{kind}{how}", owner.text("uid"))


def _of_template(spec: JsonValue, namespace: str) -> Iterator[ObjectRef]:
    used: dict[tuple[Kind, str], dict[str, None]] = {}
    for kind, name, use in (*_of_volumes(spec), *_of_containers(spec), *_pulled_with(spec)):
        if name:
            used.setdefault((kind, name), {})[use] = None
    for wanted, reference in ((CONFIG_MAPS, Reference.CONFIG_MAP), (SECRETS, Reference.SECRET)):
        for (kind, name), uses in used.items():
            if kind == wanted:
                yield ObjectRef(kind, Key(namespace, name), reference.value, ", ".join(uses))


def _of_volumes(spec: JsonValue) -> Iterator[tuple[Kind, str, str]]:
    for volume in spec.items("volumes"):
        use = f"volume {volume.text('name')}"
        for source in (volume, *volume.items("projected", "sources")):
            yield CONFIG_MAPS, source.text("configMap", "name"), use
            # The field of a projected source is `name`.
            yield SECRETS, source.text("secret", "secretName") or source.text("secret", "name"), use


def _of_containers(spec: JsonValue) -> Iterator[tuple[Kind, str, str]]:
    for container in (*spec.items("initContainers"), *spec.items("containers")):
        use = f"env of {container.text('name')}"
        for variable in container.items("env"):
            source = variable.at("valueFrom")
            yield CONFIG_MAPS, source.text("configMapKeyRef", "name"), use
            yield SECRETS, source.text("secretKeyRef", "name"), use
        for source in container.items("envFrom"):
            yield CONFIG_MAPS, source.text("configMapRef", "name"), use
            yield SECRETS, source.text("secretRef", "name"), use


def _pulled_with(spec: JsonValue) -> Iterator[tuple[Kind, str, str]]:
    for one in spec.items("imagePullSecrets"):
        yield SECRETS, one.text("name"), "image pulls"
