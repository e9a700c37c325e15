"""One pod: its diagnosis, containers, readiness, termination and node.

Imports `model.cache`, `model.timing` and the views.
"""
