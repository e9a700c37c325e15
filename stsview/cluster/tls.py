"""TLS contexts for a configuration."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import ExitStack
from pathlib import Path

from stsview.cluster.config import Pem, Tls
from stsview.cluster.errors import ConfigError, printable_line


def client_context(tls: Tls, origin: str) -> ssl.SSLContext:
    """A TLS context for `tls`.

    Takes up to 50 ms where the system's authorities are loaded.

    Raises `ConfigError` when a certificate or key cannot be read or used; `origin` names the configuration in it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Python 3.13 refuses authorities without key identifiers, which many clusters have and kubectl accepts.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif tls.authority:
        _load_authority(context, tls.authority, origin)
    else:
        context.load_default_certs()
    if tls.certificate:
        _load_certificate(context, tls.certificate, tls.key, origin)
    return context


FileStamps = tuple[tuple[int, int, int] | None, ...]


def file_stamps(tls: Tls) -> FileStamps:
    """A value that changes whenever a file that `tls` names does.

    None stands for a missing file. One stat each.
    """
    return tuple(_file_stamp(pem.file) for pem in (tls.authority, tls.certificate, tls.key) if pem.file is not None)


def _file_stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _load_authority(context: ssl.SSLContext, authority: Pem, origin: str) -> None:
    pem = _read(authority, "certificate-authority", origin)
    try:
        # Comments in other alphabets are common in bundles, and the ssl module accepts only ASCII.
        context.load_verify_locations(cadata=pem.decode("ascii", errors="replace").replace("\ufffd", "?"))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(_unusable(authority, "certificate-authority", "has no valid certificate", origin)) from error


def _load_certificate(context: ssl.SSLContext, certificate: Pem, key: Pem, origin: str) -> None:
    with ExitStack() as stack:
        # The ssl module reads certificate and key from files only; these are private and exist only during this call.
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
                _unusable(certificate, "client-certificate", "and client-key do not match", origin)
            ) from error


class _Encrypted(Exception):
    pass


def _no_password() -> str:
    # Without this, OpenSSL asks on the terminal that the dashboard draws on.
    raise _Encrypted


def _read(pem: Pem, field: str, origin: str) -> bytes:
    try:
        return pem.read()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "the path is not usable"
        raise ConfigError(_unusable(pem, field, f"cannot be read: {why}", origin)) from error


def _unusable(pem: Pem, field: str, why: str, origin: str) -> str:
    what = f"{field} {printable_line(str(pem.file))}" if pem.file is not None else f"{field}-data"
    return f"{origin}: {what} {why}; correct it, or log in to the cluster again"
