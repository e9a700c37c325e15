"""Rules about the StatefulSet controller: whether it acts, what it waits for, who else writes the set."""
