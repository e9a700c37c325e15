"""What containers and volumes use, as kubelets and metrics-server report it."""
