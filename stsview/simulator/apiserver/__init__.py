"""The simulated API server: storage with the semantics of the real one, and HTTP on loopback in front of it."""
