"""The portforward subresource of pods, over WebSockets."""
