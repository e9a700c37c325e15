"""Proxies of the environment, as Go programs read them."""

from __future__ import annotations

import pytest

from stsview.cluster.http.proxies import proxy_for


@pytest.mark.parametrize(
    ("server", "environ", "proxy"),
    [
        ("https://api.example:6443", {}, None),
        ("https://api.example:6443", {"https_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ("https://api.example:6443", {"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128"),
        ("http://api.example", {"https_proxy": "http://proxy:3128"}, None),
        ("https://api.example", {"https_proxy": "http://proxy", "no_proxy": "other,.example"}, None),
        ("https://10.1.2.3:6443", {"https_proxy": "http://proxy", "no_proxy": "localhost, 10.0.0.0/8"}, None),
        ("https://11.1.2.3:6443", {"https_proxy": "http://proxy", "no_proxy": "10.0.0.0/8,::/0"}, "http://proxy"),
        ("https://[fd00::1]:6443", {"https_proxy": "http://proxy", "no_proxy": "fd00::/8"}, None),
        ("https://127.0.0.1:6443", {"https_proxy": "http://proxy"}, None),
        ("https://localhost:6443", {"https_proxy": "http://proxy"}, None),
        ("https://api.example", {"https_proxy": "http://proxy", "no_proxy": "*"}, None),
    ],
)
def test_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, server: str, environ: dict[str, str], proxy: str | None
) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(server) == proxy


def test_the_proxy_of_the_kubeconfig_takes_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://other")
    monkeypatch.setenv("no_proxy", "*")
    assert proxy_for("https://127.0.0.1", "http://configured") == "http://configured"
