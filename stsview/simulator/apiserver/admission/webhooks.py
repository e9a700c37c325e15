"""Validating webhooks that refuse, or that cannot be reached.

Source: k8s.io/apiserver/pkg/admission/plugin/webhook/{errors,validating}. A cluster has none until a fault adds one:
stored ValidatingWebhookConfigurations call nothing, because no process answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import Resource

OPERATIONS = frozenset({"CREATE", "UPDATE", "DELETE"})


@dataclass(frozen=True)
class Webhook:
    """One validating webhook with the failure policy Fail."""

    name: str
    resources: frozenset[str] = frozenset({"pods"})
    """Plural names, or `pods/status` for a subresource; `*` for all without subresources."""
    operations: frozenset[str] = frozenset({"CREATE"})
    """Of `OPERATIONS`."""
    namespaces: frozenset[str] = frozenset()
    """Empty for all."""
    message: str = ""
    """Why it refuses."""
    unreachable_service: str = ""
    """`namespace/name` of its Service, which has no endpoints. Empty if it answers."""

    def matches(self, operation: str, resource: Resource, subresource: str, namespace: str) -> bool:
        """Whether the API server calls it about a request."""
        name = f"{resource.plural}/{subresource}" if subresource else resource.plural
        wanted = name in self.resources or ("*" in self.resources and not subresource)
        return wanted and operation in self.operations and (not self.namespaces or namespace in self.namespaces)

    def refusal(self) -> ApiError:
        """The error of the request."""
        if self.unreachable_service:
            namespace, _, service = self.unreachable_service.rpartition("/")
            url = f"https://{service}.{namespace or 'default'}.svc:443/validate?timeout=10s"
            why = f'failed to call webhook: Post "{url}": no endpoints available for service "{service}"'
            return ApiError.internal(f'failed calling webhook "{self.name}": {why}')
        denied = f'admission webhook "{self.name}" denied the request'
        text = f"{denied}: {self.message}" if self.message else f"{denied} without explanation"
        return ApiError(403, "Forbidden", text)


def review(
    webhooks: dict[str, Webhook], operation: str, resource: Resource, namespace: str, subresource: str = ""
) -> None:
    """Raise the `ApiError` of the first webhook that refuses a request."""
    for webhook in webhooks.values():
        if webhook.matches(operation, resource, subresource, namespace):
            raise webhook.refusal()
