"""Reading what the pods of a set use, on demand and while it is shown."""
