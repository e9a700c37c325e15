"""Rollouts: progress, outcome, partitions, revision history, pods that block themselves.

Imports `model.ordinals` and what is below it, neither `model.storage` nor `model.related`.
"""
