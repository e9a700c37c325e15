"""TLS contexts from a pinned configuration."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import ExitStack
from pathlib import Path

from stsview.cluster.config import Pem, Tls
from stsview.cluster.errors import ConfigError, one_line


def client_context(tls: Tls, origin: str) -> ssl.SSLContext:
    """A context that trusts and presents what `tls` says; takes up to 50 ms where the system's authorities are loaded.

    Raises `ConfigError`, in which `origin` names the configuration, when a certificate or key cannot be read or used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Python 3.13 would refuse authorities without key identifiers, which many clusters have and kubectl accepts.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif tls.authority:
        _trust(context, tls.authority, origin)
    else:
        context.load_default_certs()
    if tls.certificate:
        _present(context, tls.certificate, tls.key, origin)
    return context


FileStamps = tuple[tuple[int, int, int] | None, ...]


def file_stamps(tls: Tls) -> FileStamps:
    """Changes when one of the files does that `tls` names; None stands for one that is not there. A stat for each."""
    return tuple(_seen(pem.file) for pem in (tls.authority, tls.certificate, tls.key) if pem.file is not None)


def _seen(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _trust(context: ssl.SSLContext, authority: Pem, origin: str) -> None:
    pem = _read(authority, "certificate-authority", origin)
    try:
        # Comments in other alphabets are common in bundles, and the ssl module takes text in ASCII only.
        context.load_verify_locations(cadata=pem.decode("ascii", errors="replace").replace("\ufffd", "?"))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(
            _unusable(authority, "certificate-authority", "holds no valid certificate", origin)
        ) from error


def _present(context: ssl.SSLContext, certificate: Pem, key: Pem, origin: str) -> None:
    with ExitStack() as stack:
        # The ssl module takes certificate and key from files only; these are ours alone and live for this call.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stsview-")))
        certificate_file, key_file = folder / "certificate", folder / "key"
        for pem, field, path in (
            (certificate, "client-certificate", certificate_file),
            (key, "client-key", key_file),
        ):
            path.touch(mode=0o600)
            path.write_bytes(_read(pem, field, origin))
        try:
            context.load_cert_chain(certificate_file, key_file, password=_no_password)
        except _Encrypted as error:
            raise ConfigError(
                _unusable(key, "client-key", "is encrypted, which neither kubectl nor stsview can use", origin)
            ) from error
        except (ssl.SSLError, ValueError) as error:
            raise ConfigError(
                _unusable(certificate, "client-certificate", "and client-key are no valid pair", origin)
            ) from error


class _Encrypted(Exception):
    pass


def _no_password() -> str:
    # Without this, OpenSSL would ask on the terminal that the screens are drawn on.
    raise _Encrypted


def _read(pem: Pem, field: str, origin: str) -> bytes:
    try:
        return pem.read()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no usable path"
        raise ConfigError(_unusable(pem, field, f"cannot be read: {why}", origin)) from error


def _unusable(pem: Pem, field: str, why: str, origin: str) -> str:
    what = f"{field} {one_line(str(pem.file))}" if pem.file is not None else f"{field}-data"
    return f"{origin}: {what} {why}; correct it, or log in to the cluster again"
