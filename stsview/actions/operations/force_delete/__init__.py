"""Force-deletion: the one action that can give one identity to two."""
