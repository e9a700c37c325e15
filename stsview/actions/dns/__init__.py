"""The DNS names of a set: what its EndpointSlices publish, and what a resolver inside the cluster answers."""
