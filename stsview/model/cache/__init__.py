"""The objects that are held: indices, coverage, and the objects around one set.

Imports `model.names` and `stsview.objects`.
"""
