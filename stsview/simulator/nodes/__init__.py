"""The machines of the simulated cluster: kubelets and the scheduler that gives them work."""
