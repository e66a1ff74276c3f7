"""What goes into containers agrees with what runs here: packages, secrets, ports, routes."""

import importlib.metadata
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

REPO = Path(__file__).resolve().parent.parent


def lock(name: str) -> dict[str, str]:
    """:return: package to version of a lock file"""
    lines = (REPO / name).read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {package.lower().replace("_", "-").replace(".", "-"): version for package, version in pairs}


@pytest.fixture(scope="module")
def compose() -> dict:
    """The parsed docker-compose.yml."""
    return yaml.safe_load((REPO / "docker-compose.yml").read_text())


def test_environment_equals_the_lock():
    """Every locked package is installed here in exactly that version."""
    wanted = lock("requirements.lock") | lock("requirements-odoo.lock") | lock("requirements-dev.lock")
    found = {
        dist.metadata["Name"].lower().replace("_", "-").replace(".", "-"): dist.version
        for dist in importlib.metadata.distributions()
    }
    assert {name: found.get(name) for name in wanted} == wanted


def test_image_installs_the_same_locks():
    """Dockerfile and scripts/venv.sh read the same lock files in the same way."""
    dockerfile = (REPO / "Dockerfile").read_text()
    local = (REPO / "scripts" / "venv.sh").read_text()
    pattern = r"(?:pip|pip_install)[ a-z-]*? (--no-deps )?-r (?:/opt/psych/)?(requirements[\w-]*\.lock)"
    image = {(bool(flag), name) for flag, name in re.findall(pattern, dockerfile)}
    here = {(bool(flag), name) for flag, name in re.findall(pattern, local) if "dev" not in name}
    assert image == here == {(False, "requirements.lock"), (True, "requirements-odoo.lock")}


def test_image_has_the_same_system_packages():
    """What scripts/system_packages.sh installs for the product is in the image too."""
    script = (REPO / "scripts" / "system_packages.sh").read_text()
    needed = set(re.findall(r"\|\| need ([\w.-]+)", script)) - {"chromium", "docker-compose"}
    assert needed
    assert all(package in (REPO / "Dockerfile").read_text() for package in needed)


def test_every_secret_is_a_generated_file(compose):
    """The secrets that containers ask for are those that scripts/make_secrets.py makes."""
    made = set(re.findall(r'^    "(\w+)":', (REPO / "scripts" / "make_secrets.py").read_text(), re.M))
    declared = set(compose["secrets"])
    assert declared == made
    asked = {secret for service in compose["services"].values() for secret in service.get("secrets", [])}
    assert asked <= declared
    assert all(
        not re.search("PASSWORD(?!_FILE)", key)
        for s in compose["services"].values()
        for key in s.get("environment", {})
    )


def test_services(compose):
    """Each service restarts, has a health check; only the proxy is reachable from outside."""
    assert set(compose["services"]) == {"db", "odoo", "proxy", "backup"}
    for name, service in compose["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
        assert ("ports" in service) == (name == "proxy"), name
    assert compose["networks"]["inside"]["internal"] is True
    assert {"db-data", "odoo-data", "backup"} <= set(compose["volumes"])


def test_proxy_routes():
    """TLS, the websocket's own process, no database manager."""
    caddyfile = (REPO / "deploy" / "Caddyfile").read_text()
    assert "reverse_proxy /websocket odoo:8072" in caddyfile
    assert "reverse_proxy odoo:8069" in caddyfile
    assert "/web/database/*" in caddyfile
    assert "tls " in caddyfile


def test_shell_scripts_parse():
    """Every shell script is at least readable to bash."""
    for path in [*REPO.glob("scripts/*.sh"), *REPO.glob("deploy/*.sh"), REPO / ".ci" / "run"]:
        subprocess.run(["bash", "-n", str(path)], check=True)


def compose_command() -> list[str]:
    """:return: the compose CLI of this machine, as plugin or of its own; empty without one"""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True).returncode
        ):
            return command
    return []


def test_compose_config():
    """The compose CLI accepts the file and resolves every service, secret and volume."""
    command = compose_command()
    if not command:
        pytest.skip("no compose CLI on this machine")
    text = (REPO / "docker-compose.yml").read_text()
    if (
        command == ["docker-compose"]
        and " 1." in subprocess.run([*command, "version"], capture_output=True, text=True).stdout
    ):
        text = re.sub(r"^name: .*\n", "", text, flags=re.M)  # release 1 does not know the project's name
    answer = subprocess.run(
        [*command, "--project-directory", str(REPO), "-f", "-", "config"],
        input=text,
        capture_output=True,
        text=True,
    )
    assert not answer.returncode, answer.stderr
    assert set(yaml.safe_load(answer.stdout)["services"]) == set(yaml.safe_load(text)["services"])


def test_no_machine_path_or_host():
    """No tracked file names a folder of this machine or the host of a package registry."""
    files = subprocess.run(
        ["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=False
    ).stdout.split()
    sources = subprocess.run(
        "grep -rhoE 'https?://[^/ ]+' /etc/apt/sources.list /etc/apt/sources.list.d; npm config get registry",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    hosts = {re.sub(r"https?://", "", line).split("/")[0] for line in sources.split() if "." in line}
    needles = [f"{REPO}/", *hosts]
    found = [
        (name, needle)
        for name in files
        if not name.endswith((".lock", ".png"))
        for needle in needles
        if needle in (REPO / name).read_text(encoding="utf-8", errors="ignore")
    ]
    assert not found
