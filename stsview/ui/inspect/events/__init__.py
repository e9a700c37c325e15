"""Events of a set, its pods and PVCs."""
