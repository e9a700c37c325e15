"""Pictures of the program, drawn from the simulated cluster: `make screenshots`."""
