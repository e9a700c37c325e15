"""The PersistentVolumeClaims of an ordinal, their classes, volumes and attachments.

Imports `model.ordinals` and what is below it, neither `model.related` nor `model.rollout`.
"""
