"""Kubeconfig as kubectl reads it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.config import Impersonation
from stsview.cluster.errors import ConfigError
from tests.cluster.conftest import document

V1 = "client.authentication.k8s.io/v1"
PLUGIN = {"command": "aws", "apiVersion": V1, "interactiveMode": "IfAvailable"}

Write = Callable[..., Path]


def load(path: Path | None = None, **environ: str) -> Kubeconfig:
    return Kubeconfig.load(str(path) if path else None, environ=environ, service_account=Path("/nonexistent"))


def refusal(path: Path, context: str | None = None) -> str:
    """The error of an unusable configuration: one line that names the file."""
    with pytest.raises(ConfigError) as caught:
        load(path).config(context)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_a_context_selects_its_cluster_user_and_namespace(write: Write) -> None:
    config = load(write(document("one", context={"namespace": "data"}))).config()
    assert (config.context, config.cluster, config.user, config.namespace) == ("one", "one", "one", "data")
    assert config.server == "https://one.example:6443"
    assert config.credentials.token == "token-one"


def test_flags_take_precedence_over_the_file(write: Write) -> None:
    content = document("one")
    content["contexts"].append({"name": "two", "context": {"cluster": "one", "user": "one", "namespace": "data"}})
    kubeconfig = load(write(content))
    assert kubeconfig.contexts() == ("one", "two")
    assert kubeconfig.config("two").namespace == "data"
    assert kubeconfig.config("two", namespace="infra").namespace == "infra"
    assert kubeconfig.config().namespace == ""


def test_of_several_files_the_first_to_set_a_value_wins(write: Write) -> None:
    first = document("one")
    second = document("two")
    second["clusters"].append(
        {"name": "one", "cluster": {"server": "https://elsewhere.example", "proxy-url": "http://p"}}
    )
    paths = [write(first, "first"), Path("/nonexistent/skipped"), write(second, "second")]
    kubeconfig = load(KUBECONFIG=":".join(map(str, paths)))
    assert kubeconfig.current_context == "one"
    assert kubeconfig.contexts() == ("one", "two")
    assert kubeconfig.config().server == "https://one.example:6443"
    assert kubeconfig.config().proxy_url == ""


def test_a_file_without_current_context_leaves_the_choice_to_the_next(write: Write) -> None:
    first = document("one")
    del first["current-context"]
    paths = f"{write(first, 'first')}:{write(document('two'), 'second')}"
    assert load(KUBECONFIG=paths).config().context == "two"


def test_the_flag_wins_over_the_variable_and_the_variable_over_home(write: Write, tmp_path: Path) -> None:
    write(document("home"), ".kube/config")
    variable = write(document("variable"), "variable")
    flag = write(document("flag"), "flag")
    assert load(HOME=str(tmp_path)).current_context == "home"
    assert load(HOME=str(tmp_path), KUBECONFIG=str(variable)).current_context == "variable"
    assert load(flag, HOME=str(tmp_path), KUBECONFIG=str(variable)).current_context == "flag"


def test_relative_paths_start_at_their_file(write: Write, tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "sub").mkdir()
    authority.cert_pem.write_to_path(str(tmp_path / "sub" / "ca.crt"))
    (tmp_path / "users").mkdir()
    (tmp_path / "users" / "token").write_text("secret\n")
    cluster = document("one", cluster={"certificate-authority": "ca.crt"})
    user = {"users": [{"name": "one", "user": {"tokenFile": "token"}}]}
    del cluster["users"]
    config = load(KUBECONFIG=f"{write(cluster, 'sub/config')}:{write(user, 'users/config')}").config()
    assert config.tls.authority.file == tmp_path / "sub" / "ca.crt"
    assert config.credentials.token_file == tmp_path / "users" / "token"


def test_certificates_as_data_take_precedence_over_files(write: Write, authority: trustme.CA) -> None:
    client = authority.issue_cert("me")
    encoded = {
        "client-certificate-data": base64.b64encode(client.cert_chain_pems[0].bytes()).decode(),
        "client-key-data": base64.b64encode(client.private_key_pem.bytes()).decode(),
        "client-certificate": "/nonexistent",
    }
    authority_data = base64.b64encode(authority.cert_pem.bytes()).decode()
    content = document("one", user=encoded, cluster={"certificate-authority-data": authority_data})
    config = load(write(content)).config()
    assert config.tls.certificate.read() == client.cert_chain_pems[0].bytes()
    assert config.tls.authority.read() == authority.cert_pem.bytes()
    assert config.tls.key


def test_the_other_fields(write: Write) -> None:
    cluster = {"tls-server-name": "api", "insecure-skip-tls-verify": True, "proxy-url": "http://user:pass@proxy:3128"}
    user = {
        "username": "me",
        "password": "hunter2",
        "as": "root",
        "as-uid": "7",
        "as-groups": ["a", "b"],
        "as-user-extra": {"scopes": ["x", "y"]},
    }
    config = load(write(document("one", cluster=cluster, user=user))).config()
    assert (config.tls.server_name, config.tls.insecure) == ("api", True)
    assert config.proxy_url == "http://user:pass@proxy:3128"
    assert (config.credentials.username, config.credentials.password) == ("me", "hunter2")
    assert config.credentials.impersonation == Impersonation("root", ("a", "b"), "7", (("scopes", ("x", "y")),))


@pytest.mark.parametrize(
    ("server", "cluster", "url"),
    [
        ("https://host:6443/", {}, "https://host:6443"),
        ("https://host/k8s/clusters/c-1/", {}, "https://host/k8s/clusters/c-1"),
        ("host:8080", {}, "http://host:8080"),
        ("host:6443", {"insecure-skip-tls-verify": True}, "https://host:6443"),
        ("https://[::1]:6443", {}, "https://[::1]:6443"),
        ("http://me:secret@127.0.0.1:8080/", {}, "http://127.0.0.1:8080"),
        ("http://me:secret@[::1]:8080/x", {}, "http://[::1]:8080/x"),
    ],
)
def test_server_urls(write: Write, server: str, cluster: dict[str, Any], url: str) -> None:
    assert load(write(document("one", cluster={"server": server} | cluster))).config().server == url


def test_a_name_that_looks_like_a_date_is_a_name(write: Write) -> None:
    text = "current-context: 2026-01-31\n" + "".join(
        f"{plural}: [{{name: 2026-01-31, {one}: {fields}}}]\n"
        for plural, one, fields in (
            ("clusters", "cluster", "{server: 'https://h'}"),
            ("users", "user", "{}"),
            ("contexts", "context", "{cluster: 2026-01-31, user: 2026-01-31}"),
        )
    )
    assert load(write(text)).config().context == "2026-01-31"


def test_nulls_are_absent_fields(write: Write) -> None:
    content = document("one", user={"token": "t", "exec": None, "as-groups": None}, context={"namespace": None})
    assert load(write({**content, "preferences": None})).config().credentials.token == "t"


def test_inside_a_pod_without_kubeconfig(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "token").write_text("pod-token\n")
    (tmp_path / "namespace").write_text("data")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    environ = {"HOME": "/nonexistent", "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    kubeconfig = Kubeconfig.load(environ=environ, service_account=tmp_path)
    config = kubeconfig.config()
    assert kubeconfig.contexts() == ("in-cluster",)
    assert (config.server, config.namespace) == ("https://[fd00::1]:443", "data")
    assert config.credentials.token_file == tmp_path / "token"
    assert config.tls.authority.file == tmp_path / "ca.crt"
    with pytest.raises(ConfigError, match="no kubeconfig to find"):
        kubeconfig.config("other")


def test_a_kubeconfig_wins_over_the_pod(write: Write, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("pod-token")
    environ = {"KUBECONFIG": str(write(document())), "KUBERNETES_SERVICE_HOST": "h", "KUBERNETES_SERVICE_PORT": "1"}
    assert Kubeconfig.load(environ=environ, service_account=tmp_path).config().context == "one"


def test_missing_files() -> None:
    for environ, said in (
        ({"HOME": "/nonexistent"}, r"kubeconfig /nonexistent/.kube/config does not exist; set KUBECONFIG"),
        (
            {"KUBECONFIG": "/nonexistent/a:/nonexistent/b"},
            r"\$KUBECONFIG \(/nonexistent/a:/nonexistent/b\) does not exist",
        ),
    ):
        with pytest.raises(ConfigError, match=said):
            Kubeconfig.load(environ=environ, service_account=Path("/nonexistent"))
    with pytest.raises(ConfigError, match="/nonexistent/x does not exist; check --kubeconfig"):
        load(Path("/nonexistent/x"))


def test_a_folder_is_rejected(tmp_path: Path) -> None:
    assert "Is a directory" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("users: [", r"not valid YAML \(line \d+, column \d+\)"),
        ("a: b: *token", "not valid YAML"),
        ("- 1", r"Expected `object`, got `array`"),
        ("clusters: 3", r"\$\.clusters"),
        ("current-context: 3", r"\$\.current-context"),
        ("users: [{name: one, user: {token: 123}}]", r"\$\.users\[0\]\.user\.token"),
        ("kind: Pod", "not a kubeconfig: its kind is Pod"),
        ("users: [{name: one}, {name: one}]", "two entries for user 'one'"),
        ("[" * 5000 + "]" * 5000, "not valid YAML"),
        ("a: &a [*a]", "not valid"),
        ("", "has no current-context"),
        ("\x00", "not valid YAML"),
    ],
)
def test_broken_files(write: Write, text: str, said: str) -> None:
    assert re.search(said, refusal(write(text)))


def test_a_small_file_that_expands_hugely_is_read_quickly(write: Write) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert "has no current-context" in refusal(write(f"a0: &a0 [x, y]\n{levels}"))


@pytest.mark.parametrize(
    ("cluster", "user", "said"),
    [
        ({"server": ""}, {}, "has no server"),
        ({"server": "ftp://host"}, {}, "not an http:// or https:// URL"),
        ({"server": "https://host:99999"}, {}, "not an http:// or https:// URL"),
        ({"server": "https://me:secret@host"}, {}, "contains a user name or password"),
        ({"proxy-url": "socks5://proxy:1080"}, {}, "SOCKS"),
        ({"proxy-url": "proxy"}, {}, "proxy-url is not an"),
        ({"certificate-authority": "ca.crt"}, {}, "certificate-authority .*ca.crt cannot be read: No such file"),
        ({"certificate-authority-data": "%%%"}, {}, "certificate-authority-data is not base64"),
        ({"certificate-authority-data": "aGVsbG8="}, {}, "certificate-authority-data has no valid certificate"),
        ({"certificate-authority-data": "aGVsbG8=", "insecure-skip-tls-verify": True}, {}, "remove one of them"),
        ({}, {"client-certificate-data": "aGVsbG8="}, "has no client-key"),
        ({}, {"client-key-data": "aGVsbG8="}, "has no client-certificate"),
        ({}, {"client-certificate-data": "aGVsbG8=", "client-key-data": "aGVsbG8="}, "do not match"),
        ({}, {"client-certificate": "a\x00b", "client-key-data": "aGVsbG8="}, "the path is not usable"),
        ({}, {"tokenFile": "nowhere"}, "tokenFile .*nowhere cannot be read"),
        ({}, {"token": "a\nb"}, "token contains control characters"),
        ({}, {"token": "secret", "username": "me"}, "both a token and a password"),
        ({}, {"as-groups": ["admins"]}, "without a user; add `as`"),
        ({}, {"auth-provider": {"name": "gcp"}}, "no longer supported by kubectl .*gke-gcloud-auth-plugin"),
        ({}, {"auth-provider": {"name": "azure"}}, "kubelogin convert-kubeconfig"),
        ({}, {"auth-provider": {"name": "oidc", "config": {"id-token": "secret"}}}, "kubectl oidc-login"),
        ({}, {"auth-provider": {}}, "use an exec plugin"),
        ({}, {"exec": {"apiVersion": V1, "interactiveMode": "Never"}}, "exec plugin has no command"),
        ({}, {"exec": {"command": "aws"}}, "exec plugin aws: apiVersion none is not supported"),
        (
            {},
            {"exec": {"command": "aws", "apiVersion": f"{V1}alpha1"}},
            "v1alpha1 is not supported; update the plugin to",
        ),
        ({}, {"exec": {"command": "aws", "apiVersion": V1}}, "interactiveMode none is not supported; use Never"),
        ({}, {"exec": {"command": "aws", "apiVersion": V1, "interactiveMode": "Always"}}, "prompts on the terminal"),
        ({}, {"exec": PLUGIN | {"interactiveMode": "Sometimes"}}, "interactiveMode Sometimes"),
        ({}, {"exec": PLUGIN | {"env": [{"value": "secret"}]}}, "env entry has no valid name"),
        ({}, {"exec": PLUGIN | {"args": ["a\0secret"]}}, "null characters"),
        ({}, {"exec": PLUGIN | {"args": "secret"}}, "Expected `array`"),
    ],
)
def test_invalid_entries_are_rejected(write: Write, cluster: dict[str, Any], user: dict[str, Any], said: str) -> None:
    message = refusal(write(document("one", cluster=cluster, user=user)))
    assert re.search(said, message)
    assert "secret" not in message


def test_an_exec_plugin_next_to_a_token_is_not_run(write: Write) -> None:
    config = load(write(document("one", user={"token": "t", "exec": PLUGIN}))).config()
    assert (config.credentials.token, config.credentials.exec) == ("t", None)


@pytest.mark.parametrize(("command", "path"), [("aws", "aws"), ("./aws", "{}/aws"), ("/bin/aws", "/bin/aws")])
def test_the_path_of_an_exec_plugin(write: Write, tmp_path: Path, command: str, path: str) -> None:
    user = {"exec": PLUGIN | {"command": command, "args": ["secret"], "env": [{"name": "A", "value": "secret"}]}}
    plugin = load(write(document("one", user=user))).config().credentials.exec
    assert plugin is not None
    assert plugin.command == path.format(tmp_path)
    assert (plugin.args, plugin.env) == (("secret",), (("A", "secret"),))
    assert "secret" not in repr(plugin)


def test_an_encrypted_key_never_asks_for_its_password(write: Write, authority: trustme.CA) -> None:
    client = authority.issue_cert("me")
    key = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    user = {
        "client-certificate-data": base64.b64encode(client.cert_chain_pems[0].bytes()).decode(),
        "client-key-data": base64.b64encode(encrypted).decode(),
    }
    assert "client-key-data is encrypted" in refusal(write(document("one", user=user)))


def test_dangling_names(write: Write) -> None:
    path = write(document("one"))
    assert "no context 'two'; available: one" in refusal(path, "two")
    for section, said in (("clusters", "cluster 'one' is not defined"), ("users", "user 'one' is not defined")):
        assert said in refusal(write({**document("one"), section: []}))
    assert "has no cluster" in refusal(write(document("one", context={"cluster": ""})))
    content = document("one", context={"namespace": "../secrets"})
    assert "not a valid namespace name" in refusal(write(content))
    assert "current-context: no context 'gone'" in refusal(write({**document(), "current-context": "gone"}))


def test_a_hostile_name_cannot_break_the_line(write: Write) -> None:
    content = document("one")
    content["current-context"] = "\x1b[31mred\nnext"
    assert "\x1b" not in refusal(write(content))


def test_representations_hide_secrets(write: Write, authority: trustme.CA) -> None:
    user = {"token": "canary-token"}
    config = load(write(document("one", user=user, cluster={"proxy-url": "http://u:canary-proxy@p"}))).config()
    password = load(write(document("one", user={"username": "me", "password": "canary-password"}))).config()
    assert "canary" not in f"{config!r} {password!r} {load(write(document('one', user=user)))!r}"
