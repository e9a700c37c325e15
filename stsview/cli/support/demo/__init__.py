"""The simulated cluster of the demo: its process, its server, and how a dashboard finds it."""
