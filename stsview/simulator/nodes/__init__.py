"""Nodes: their objects and heartbeats, the scheduler, and the kubelets.

May import `controllers` (informers, events), `apiserver.storage` and `engine`; never the API server's HTTP.
"""
