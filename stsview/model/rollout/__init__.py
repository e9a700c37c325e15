"""Rollouts: progress, outcome, partitions, history, pods that block themselves.

Imports `model.ordinals` and what is below it, neither `model.storage` nor `model.related`.
"""
