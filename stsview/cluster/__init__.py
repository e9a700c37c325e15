"""The only network I/O: credentials, HTTP, list and watch, and container logs.

May import `stsview.objects` and `stsview.clock`. Knows nothing of StatefulSets or screens.
"""
