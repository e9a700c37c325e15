"""Rules about nodes: lost nodes, scheduling, evictions and drains."""
