"""The ordinals of a set: which rows it has, and the state of each.

Imports `model.pods` and what is below it.
"""
