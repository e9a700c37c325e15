"""Why a set waits: the decisions of the controller, missing ordinals, effects and next steps.

Imports every shelf of the model but `model.related`; only `derive` and the store are above it.
"""
