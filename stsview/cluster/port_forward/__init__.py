"""Connections to ports of pods: the port-forward protocol of the API server over a WebSocket."""
