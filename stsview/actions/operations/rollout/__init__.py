"""Actions that control a rollout by the pod template and the partition.

May import what `stsview.actions.operations` may.
"""
