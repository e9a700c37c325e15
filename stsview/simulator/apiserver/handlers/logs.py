"""The log subresource of pods, with text from a kubelet.

Source: kubernetes/pkg/registry/core/pod/strategy.go (LogLocation) and pkg/kubelet/kubelet_pods.go for the errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.http.responses import HEADERS
from stsview.simulator.apiserver.log_buffer import LogProvider
from stsview.simulator.apiserver.request_info import truth
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, instant


@dataclass(frozen=True)
class _Options:
    follow: bool
    timestamps: bool
    tail: int | None
    since: datetime | None
    limit_bytes: int | None

    def line(self, when: datetime, text: str) -> bytes:
        stamp = when.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z " if self.timestamps else ""
        return f"{stamp}{text}\n".encode()


async def log(
    storage: Storage, provider: LogProvider | None, faults: Faults, request: ResourceRequest
) -> web.StreamResponse:
    """Send the log as plain text.

    With `follow`, until the container terminates or the client disconnects.
    """
    pod = storage.get(request.resource, request.namespace, request.name)
    container = _container(pod, request.query.get("container", ""))
    previous = truth(request.query.get("previous", ""))
    options = _options(storage, request)
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/plain"})
    if not pod["spec"].get("nodeName"):
        await response.prepare(request.http)
        return response
    buffer = provider(pod, container, previous) if provider is not None else None
    if buffer is None:
        raise _no_log(pod, container, previous)
    await response.prepare(request.http)
    lines = [line for line in buffer.lines if options.since is None or line[0] >= options.since]
    seen = buffer.written
    if options.tail is not None:
        lines = lines[max(0, len(lines) - options.tail) :]
    text = b"".join(options.line(*line) for line in lines)
    await response.write(text if options.limit_bytes is None else text[: options.limit_bytes])
    while options.follow and await buffer.more_than(seen):
        fresh, seen = buffer.since(seen), buffer.written
        await faults.wait_while_stalled(request.http.transport)
        await response.write(b"".join(options.line(*line) for line in fresh))
    await response.write_eof()
    return response


def _options(storage: Storage, request: ResourceRequest) -> _Options:
    query = request.query
    since = None
    if seconds := _positive(query.get("sinceSeconds")):
        since = storage.clock.now() - timedelta(seconds=seconds)
    elif query.get("sinceTime"):
        try:
            since = instant(query["sinceTime"])
        except ValueError as error:
            raise ApiError.bad_request(f"sinceTime: {error}") from error
    return _Options(
        follow=truth(query.get("follow", "")),
        timestamps=truth(query.get("timestamps", "")),
        tail=_positive(query.get("tailLines")),
        since=since,
        limit_bytes=_positive(query.get("limitBytes")),
    )


def _positive(text: str | None) -> int | None:
    if text is None or text == "" or text == "-1":
        return None
    if not text.isdigit():
        raise ApiError.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _container(pod: Object, asked: str) -> str:
    names = [one["name"] for one in pod["spec"].get("containers") or []]
    init = [one["name"] for one in pod["spec"].get("initContainers") or []]
    name = pod["metadata"]["name"]
    if not asked:
        if len(names) == 1:
            return str(names[0])
        choices = f"choose one of: [{' '.join(names)}]"
        if init:
            choices += f" or one of the init containers: [{' '.join(init)}]"
        raise ApiError.bad_request(f"a container name must be specified for pod {name}, {choices}")
    if asked not in (*names, *init):
        raise ApiError.bad_request(f"container {asked} is not valid for pod {name}")
    return asked


def _no_log(pod: Object, container: str, previous: bool) -> ApiError:
    name = pod["metadata"]["name"]
    if previous:
        return ApiError.bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    status = pod.get("status", {})
    statuses = (status.get("containerStatuses") or []) + (status.get("initContainerStatuses") or [])
    waiting = next(
        ((one.get("state") or {}).get("waiting") or {} for one in statuses if one.get("name") == container), {}
    )
    reason = waiting.get("reason", "ContainerCreating")
    message = f'container "{container}" in pod "{name}" is waiting to start: {reason}'
    return ApiError.bad_request(message)
