"""The certificate of a cluster that is served over TLS, for 127.0.0.1, ::1 and localhost.

Its key is public, so it protects nothing that plain HTTP on loopback would not. But kubectl sends tokens over TLS only,
and opens no WebSocket to a URL with a user name (gorilla/websocket, client.go): `kubectl exec` needs it.
"""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIB8jCCAZigAwIBAgIUdiwYOXbSJVOhOGMT6iQ04VOGmkYwCgYIKoZIzj0EAwIw
IzEhMB8GA1UEAwwYc3RzdmlldyBwcmFjdGljZSBjbHVzdGVyMCAXDTIwMDEwMTAw
MDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAjMSEwHwYDVQQDDBhzdHN2aWV3IHByYWN0
aWNlIGNsdXN0ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS0LEXM2ItSxpC7
Cv3/zk7JOMb8AaIF9aAjgqYhJR2SUWEwniEFNWU747g9A29BRIZWxXHwriFcCUHe
y6fVnucio4GnMIGkMCwGA1UdEQQlMCOCCWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAA
AAAAAAAAAAAAATAOBgNVHQ8BAf8EBAMCAoQwEwYDVR0lBAwwCgYIKwYBBQUHAwEw
DwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUy9vB3NnS6z6p5pNGZnUMqHYlfhcw
HwYDVR0jBBgwFoAUy9vB3NnS6z6p5pNGZnUMqHYlfhcwCgYIKoZIzj0EAwIDSAAw
RQIhAInXsEEnELRMrIJRyib7LiKQJPXACj6j886FMKETLDKuAiBi77PIbjoZNsjq
Qrr5xJRI8oKIhbr555K0nfOZi/CKTQ==
-----END CERTIFICATE-----
"""

_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkH7qFtTyWuYInq95
+D0gdKGvnz5h1YP5fZbidgC+vg+hRANCAAS0LEXM2ItSxpC7Cv3/zk7JOMb8AaIF
9aAjgqYhJR2SUWEwniEFNWU747g9A29BRIZWxXHwriFcCUHey6fVnuci
-----END PRIVATE KEY-----
"""


def server_context() -> ssl.SSLContext:
    """A TLS context that serves the certificate. Raises `OSError` where no temporary file can be written."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="stsview-") as folder:
        # The ssl module reads certificates from files only.
        path = Path(folder) / "certificate"
        path.write_text(CERTIFICATE + _KEY)
        context.load_cert_chain(path)
    return context
