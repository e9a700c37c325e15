"""The PersistentVolumeClaims of an ordinal, with classes, volumes, attachments.

Imports `model.ordinals` and what is below it, neither `model.related` nor `model.rollout`.
"""
