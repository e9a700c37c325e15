"""A simulated Kubernetes cluster for the demo, the tests, and practice.

From the bottom: `engine` and `timeline` (deterministic work queue and clock), `apiserver` (storage and HTTP),
`controllers`, `nodes` (scheduler and kubelets), `cluster` (all of them in one process), `scenarios` (histories to
replay). It imports `stsview.objects` and `stsview.clock` and nothing else of the program; only `stsview demo` and the
tests import it.
"""
