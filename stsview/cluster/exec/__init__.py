"""Commands in containers: the exec protocol of the API server over a WebSocket."""
