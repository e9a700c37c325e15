"""Shells and commands in the pod under the cursor."""
