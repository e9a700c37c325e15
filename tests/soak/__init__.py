"""A long-lived picture of a cluster with random events and faults."""
