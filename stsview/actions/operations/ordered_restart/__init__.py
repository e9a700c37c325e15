"""Ordered restart: chosen pods, one at a time.

Each is available again before the next is removed.

May import what every operation may.
"""
