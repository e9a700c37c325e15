"""The screen of the nodes: who runs where, and what a drain would do."""
