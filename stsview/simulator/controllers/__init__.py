"""Controllers of kube-controller-manager and of CSI side cars, one per module.

May import `apiserver` (storage, kinds, errors) and `engine`; never the API server's HTTP, kubelets or scenarios.
"""
