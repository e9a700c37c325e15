"""Several clusters as one fleet.

Each cluster has its own `Live`, which knows nothing of the others; only the keys of its sets are made distinct here.
"""
