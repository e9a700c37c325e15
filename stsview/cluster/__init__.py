"""Everything that talks to an API server: credentials, HTTP, list and watch, and logs.

May import `stsview.objects` and `stsview.clock`. Knows nothing of StatefulSets or screens.
"""
