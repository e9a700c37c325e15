"""Why a set waits: controller decisions, missing ordinals, effects, next steps.

Imports every shelf of the model but `model.related`; only `derive` and the store are above it.
"""
