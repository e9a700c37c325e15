"""Pure functions from Kubernetes objects to views, and the store of the views.

Imports only `stsview.objects`; it does no I/O and reads no clock. A view is a function of objects, first sightings and
`now`. The shelves import only those below them, as the contract in pyproject.toml lists them.
"""
