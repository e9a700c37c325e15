"""Errors between the storage and its clients, injected on request.

May import auth, errors and wire.
"""
