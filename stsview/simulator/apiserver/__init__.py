"""The simulated API server, with the semantics of kube-apiserver.

From the bottom: `wire`, `resources`, `errors`, `selectors`, `request_info`; `validation` (defaults, admission,
validation); `storage` and `auth`; `faults` (injected errors) and `kubectl` (what only kubectl requests); `http`
(requests, encodings, watches); `handlers` (one per verb or subresource); `resource_routes`; `server`. Each imports only
what is below it. `Storage` can be used without HTTP.
"""
