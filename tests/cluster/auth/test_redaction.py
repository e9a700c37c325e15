"""What is quoted from the output of a plugin."""

from __future__ import annotations

import pytest

from stsview.cluster.auth.redaction import HIDDEN, redacted_line

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        "error: get-token: authentication error: oidc error: oidc discovery error: connection refused",
        "Error loading SSO Token: Token for prod does not exist",
        "The config profile (prod-admin) could not be found",
        "ERROR: (gcloud.config.config-helper) You do not currently have an active account selected.",
        "Unable to locate credentials. You can configure credentials by running `aws configure`.",
        "open /home/me/.kube/cache/oidc-login/index: permission denied",
        "could not get token: Post https://login.example.com/realms/main/token: dial tcp 10.0.0.1:443: i/o timeout",
    ],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert redacted_line(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"got {JWT}", f"got {HIDDEN}"),
        ("Authorization: Bearer abcdefgh", f"Authorization: Bearer {HIDDEN}"),
        ("--client-secret=abcdef failed", f"--client-secret={HIDDEN} failed"),
        ('reply {"id_token": "abcdef", "n": 1}', f'reply {{"id_token": {HIDDEN}, "n": 1}}'),
        ("password: hunter2", f"password: {HIDDEN}"),
        ("proxy http://me:pass@host:80 is down", f"proxy http://{HIDDEN}@host:80 is down"),
        ("k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8_QWN0aW9u", f"k8s-aws-v1.{HIDDEN}"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\nabc\n-----END PRIVATE KEY-----\n", ""),
        ("failed\n-----BEGIN PRIVATE KEY-----\nMIIEvQ\nabc", "failed"),
        ("known: planted, again planted", f"known: {HIDDEN}, again {HIDDEN}"),
        ("first\nlast\n \n", "last"),
        ("", ""),
    ],
)
def test_credentials_are_hidden(text: str, line: str) -> None:
    assert redacted_line(text, ["planted", "a"]) == line


def test_long_lines_are_cut() -> None:
    assert len(redacted_line("word " * 100_000)) == 200
