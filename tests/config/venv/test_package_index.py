"""What pip and uv are started with: index, proxy, certificates of the user, nothing that bends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cheaproute.config.venv import install, package_index
from cheaproute.errors import CheaprouteError


def test_every_way_takes_wheels_alone_each_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv, pip and another Python's pip: a source distribution would run code no hash names."""
    (tmp_path / "uv").write_text("")
    (tmp_path / "uv").chmod(0o700)
    (tmp_path / "lock").write_text("a==1\n")
    filled: list[list[str]] = []

    def ended(step: list[str], _env: object) -> tuple[int, str]:
        if "install" in step:
            filled.append(step)
        return int("install" in step), "no"

    monkeypatch.setattr(install, "_ended", ended)
    env = {"CHEAPROUTE_HOME": str(tmp_path), "PATH": str(tmp_path), "HOME": str(tmp_path)}
    with pytest.raises(CheaprouteError):
        install.install("python3", f"{tmp_path}/venv", f"{tmp_path}/lock", env, lambda _said: None)
    assert len(filled) == 3
    for step in filled:
        assert "--require-hashes" in step
        assert "--no-build" in step or ("--only-binary", ":all:") in zip(step, step[1:])  # noqa: B905, RUF007


def test_only_what_is_named_passes(home: Path, tmp_path: Path) -> None:
    """Targets, prefixes, constraints, build switches, secrets: all stay outside."""
    cert = tmp_path / "ca.pem"
    cert.write_text("")
    good = {
        "HOME": str(home),
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy:1",
        "SSL_CERT_FILE": str(cert),
        "PIP_INDEX_URL": "https://mirror/simple",
        "UV_DEFAULT_INDEX": "https://mirror/simple",
    }
    bad = dict.fromkeys(
        (  # noqa: SIM905  # a list of words
            "PIP_TARGET PIP_PREFIX PIP_ROOT PIP_DRY_RUN PIP_NO_BINARY PIP_CONSTRAINT PIP_USER "
            "PIP_REQUIRE_VIRTUALENV PIP_PYTHON PIP_LOG PIP_PRE PIP_EDITABLE PIP_NO_DEPS "
            "PIP_QUIET PIP_CONFIG_FILE UV_TARGET UV_PREFIX UV_SYSTEM_PYTHON UV_CONFIG_FILE "
            "UV_CONSTRAINT UV_OVERRIDE UV_NO_BINARY UV_PYTHON UV_PROJECT_ENVIRONMENT "
            "PYTHONPATH PYTHONHOME VIRTUAL_ENV ANTHROPIC_API_KEY CLAUDECODE AWS_SECRET_ACCESS_KEY"
        ).split(),
        "/x",
    )
    given = package_index.environment(good | bad)
    assert good.items() <= given.items()
    own = {"PIP_CONFIG_FILE", "PIP_USER", "UV_NO_CONFIG", "UV_PYTHON_DOWNLOADS"}
    assert set(given) - {"PIP_CERT"} == set(good) | own  # this machine's /etc/pip.conf may say one
    assert given["PIP_CONFIG_FILE"] == os.devnull


def test_a_certificate_that_is_gone_is_left_out(home: Path) -> None:
    """A VPN that was removed left its variables: they would stop every connection."""
    env = {"HOME": str(home), "SSL_CERT_FILE": "/gone.pem", "PIP_CERT": "/gone.pem"}
    assert not {"SSL_CERT_FILE", "PIP_CERT"} & set(package_index.environment(env))


@pytest.mark.parametrize("place", [".config/pip/pip.conf", ".pip/pip.conf", "named.conf"])
def test_of_the_user_s_pip_configuration_the_index_is_taken_over(home: Path, place: str) -> None:
    """Index, certificate and proxy are needed to get through; where things land is ours to say."""
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "[global]\nindex_url = https://mirror/simple\ntrusted-host =\n  a\n  b\ntarget = /tmp/x\n"
        "[install]\nprefix = /p\nroot = /r\ndry-run = true\nproxy = http://p:1\n"
    )
    env = {"HOME": str(home)}
    if place == "named.conf":
        env["PIP_CONFIG_FILE"] = str(path)
    given = package_index.environment(env)
    assert given["PIP_INDEX_URL"] == "https://mirror/simple"
    assert given["PIP_TRUSTED_HOST"].split() == ["a", "b"]
    assert given["PIP_PROXY"] == "http://p:1"
    assert not {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN"} & set(given)
    assert package_index.environment(env | {"PIP_INDEX_URL": "https://own"})["PIP_INDEX_URL"] == (
        "https://own"
    )


def test_of_uv_s_too(home: Path) -> None:
    """uv.toml, with `[pip]` and `[[index]]`; a file that is wrong says nothing."""
    path = home / ".config" / "uv" / "uv.toml"
    path.parent.mkdir(parents=True)
    path.write_text(
        'native-tls = true\n[pip]\ntarget = "/x"\nfind-links = ["/w", "/v"]\n'
        '[[index]]\nurl = "https://a"\ndefault = true\n[[index]]\nurl = "https://b"\n'
    )
    given = package_index.environment({"HOME": str(home)})
    assert given["UV_NATIVE_TLS"] == "true"
    assert given["UV_DEFAULT_INDEX"] == "https://a"
    assert given["UV_INDEX"] == "https://b"
    assert given["UV_FIND_LINKS"] == "/w /v"
    assert "UV_TARGET" not in given
    path.write_text("[pip\n")
    assert "UV_INDEX" not in package_index.environment({"HOME": str(home)})
