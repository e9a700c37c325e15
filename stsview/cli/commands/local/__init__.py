"""Commands that connect to no cluster."""
