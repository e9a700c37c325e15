"""Actions that control a rollout by the pod template and the partition; imports as `stsview.actions.operations`."""
