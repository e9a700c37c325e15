"""A Kubernetes cluster in a box: the demo, what the tests run against, and a place to rehearse an incident."""
