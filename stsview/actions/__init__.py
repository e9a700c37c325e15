"""The door: what changes a cluster is planned, confirmed, sent with preconditions, followed and written down here."""
