"""The controllers of the simulated cluster, one module each, all driven by one engine."""
