#!/usr/bin/env python3
"""Run everything that proves the product; ``make test`` and CI call this.

Parts, in this order (ONLY=lint,health,crisis,i18n,server picks some; TAGS narrows the Odoo tests, PYTEST passes
options on; REUSE=1 keeps the templates of the last run, REUSE=update brings them to the state of the code):

* ``lint``    ruff and pylint-odoo, beside the first template;
* ``health``  psych_health alone: installed into a template database, its tests on copies of it;
* ``crisis``  psych_crisis: a second template built from the first, its tests on copies of it;
* ``i18n``    every term that Odoo exports has its Chinese (``run_tests.py i18n`` merges the tables instead);
* ``server``  the toy addon's tests and the top-level ``tests/`` with pytest against real server processes.

Tests of an addon run in two processes at once, each on a copy of the template, the test files dealt by size.
The databases live in a throw-away cluster (RUN_DIR/test-pg). Every Odoo log is read afterwards: a warning or
error that ``log_allowlist.txt`` does not name fails the run. The last line is ``N passed, N failed``.
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO / "tests"))
from harness import odoo_log  # noqa: E402

RUN = Path(os.environ.get("RUN_DIR") or REPO / ".run").resolve()
LOGS = RUN / "log" / "test"
PYTHON = str(RUN / "venv" / "bin" / "python")
CLUSTER = RUN / "test-pg"
JOBS = int(os.environ.get("TEST_JOBS") or min(2, os.cpu_count() or 1))
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
BEGAN = time.monotonic()


@dataclass
class Part:
    """The outcome of one part of the run."""

    name: str
    passed: int = 0
    failed: int = 0
    note: str = ""


def say(text: str) -> None:
    """Print one progress line with the time since the start."""
    print(f"[{time.monotonic() - BEGAN:4.0f}s] {text}", flush=True)


# ------------------------------------------------------------------ processes


def environment(addons: list[Path], data: str) -> dict[str, str]:
    """:return: the environment of an Odoo process on the test cluster"""
    secrets = RUN / "secrets"
    return {
        **os.environ,
        "PGHOST": "127.0.0.1",
        "PGPORT": (CLUSTER / "port").read_text().strip(),
        "PGUSER": "odoo",
        "PGPASSWORD": (secrets / "db_password").read_text().strip(),
        "ODOO_DATA_DIR": str(RUN / "test-data" / data),
        "ODOO_ADDONS_PATH": ",".join(str(path) for path in addons),
        "ODOO_HTTP_INTERFACE": "127.0.0.1",
        "PSYCH_HEALTH_KEYS": str(secrets / "psych_health_keys"),
        "PSYCH_HEALTH_LOG_KEY": str(secrets / "psych_health_log_key"),
        "PSYCH_TEST_LOGS": str(LOGS),
    }


def addons_path(toys: bool = False) -> list[Path]:
    """:return: the addons folders; with ``toys`` also the test-only addons"""
    folders = [REPO / "addons"]
    if toys and list((REPO / "tests" / "addons").glob("*/__manifest__.py")):
        folders.append(REPO / "tests" / "addons")
    return folders


def run(command: list[str], log: Path, env: dict[str, str] | None = None, stdin: str = "") -> int:
    """Run one command with its output in ``log``, telling every 30 seconds that it lives.

    :return: its exit code
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.PIPE, env=env, cwd=REPO
        )
        process.stdin.write(stdin.encode())
        process.stdin.close()
        while True:
            try:
                return process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                say(f"  … {log.stem}")


def odoo(database: str, arguments: list[str], log: Path, toys: bool = False) -> int:
    """Run Odoo on ``database`` until it has done what the arguments say."""
    port = free_port()
    command = [PYTHON, "-m", "odoo", "-c", str(REPO / "odoo.conf"), "-d", database, "--stop-after-init"]
    ports = ["--http-port", str(port), "--gevent-port", str(port + 1)]
    return run([*command, *ports, *arguments], log, environment(addons_path(toys), database))


def shell(database: str, script: str, log: Path, toys: bool = False) -> int:
    """Run a script of this folder in Odoo's shell."""
    source = (REPO / "scripts" / script).read_text(encoding="utf-8")
    guarded = (
        "import os, traceback\n"
        f"try:\n    exec(compile({source!r}, {script!r}, 'exec'))\n"
        "except BaseException:\n    traceback.print_exc()\n    os._exit(1)\n"
    )
    command = [PYTHON, "-m", "odoo", "shell", "-c", str(REPO / "odoo.conf"), "-d", database, "--no-http"]
    command += ["--shell-interface=python", "--log-level=warn"]
    env = environment(addons_path(toys), database)
    env.pop("PSYCH_SECRETS", None)
    return run(command, log, env, guarded)


def free_port() -> int:
    """:return: a port of the loopback address that nobody uses"""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database(*arguments: str) -> None:
    """Call ``database.py`` on the test cluster; stop the run when it fails."""
    command = [PYTHON, str(REPO / "scripts" / "database.py"), *arguments]
    if run(command, LOGS / "database.log", environment(addons_path(), "none")) > 0:
        raise SystemExit(f"database {' '.join(arguments)} failed: see {LOGS / 'database.log'}")


def database_exists(name: str) -> bool:
    """:return: whether the test cluster has the database"""
    command = [PYTHON, str(REPO / "scripts" / "database.py"), "exists", name]
    return run(command, LOGS / "database.log", environment(addons_path(), "none")) == 0


# ------------------------------------------------------------------ templates and tests of addons


def template(name: str, install: str, base: str | None = None, toys: bool = False) -> Part:
    """Build the template database ``name`` by installing addons into a copy of ``base``."""
    say(f"template {name}: installing {install}")
    log = LOGS / f"{name}.log"
    reuse = os.environ.get("REUSE")
    if reuse and database_exists(name):
        if reuse != "update":
            return Part(f"install {name}", passed=1, note="reused")
        code = odoo(name, ["-u", "psych_health", "--no-http"], log, toys)
        return check_log(Part(f"install {name}", passed=not code, failed=bool(code), note="updated"), log)
    database("drop", name)
    database("create", name, *([base] if base else []))
    code = odoo(name, ["-i", install, "--load-language", "zh_CN", "--no-http"], log, toys)
    if not code and not base:
        code = shell(name, "test_template.py", log)
    part = Part(f"install {name}", passed=not code, failed=bool(code))
    return check_log(part, log)


def test_files(addon: Path) -> list[Path]:
    """:return: the addon's test files"""
    return sorted((addon / "tests").glob("test_*.py"))


def deal(files: list[Path], hands: int) -> list[list[Path]]:
    """Deal test files to processes, the largest first to the one with the least.

    :return: non-empty hands
    """
    weight = {path: path.read_text(encoding="utf-8").count("def test_") + 2 for path in files}
    dealt: list[list[Path]] = [[] for _hand in range(hands)]
    for path in sorted(files, key=weight.get, reverse=True):
        min(dealt, key=lambda hand: sum(weight[item] for item in hand)).append(path)
    return [hand for hand in dealt if hand]


def test_addon(addon: Path, base: str, toys: bool = False) -> list[Part]:
    """Run the tests of one addon in parallel processes on copies of the template ``base``."""
    hands = deal(test_files(addon), JOBS)
    if not hands:
        return [Part(addon.name, note="no tests")]
    with ThreadPoolExecutor(JOBS) as pool:
        jobs = [
            pool.submit(test_hand, addon, base, number, hand, toys)
            for number, hand in enumerate(hands, start=1)
        ]
        return [job.result() for job in jobs]


def test_hand(addon: Path, base: str, number: int, files: list[Path], toys: bool) -> Part:
    """Run some test files of one addon on a copy of ``base``."""
    name = f"{addon.name}_{number}"
    say(f"{name}: {len(files)} test files")
    database("drop", name)
    database("create", name, base)
    log = LOGS / f"{name}.log"
    tags = os.environ.get("TAGS") or ",".join(f"/{addon.name}/tests/{path.name}" for path in files)
    code = odoo(name, ["-u", addon.name, "--test-tags", tags], log, toys)
    part = read_result(Part(name), log)
    if code and not part.failed:
        part.failed, part.note = 1, f"Odoo ended with {code}"
    database("drop", name)
    return check_log(part, log)


def read_result(part: Part, log: Path) -> Part:
    """Read Odoo's own count out of its log and show what failed."""
    text = log.read_text(encoding="utf-8", errors="replace")
    found = RESULT.findall(text)
    if found:
        failures, errors, total = (int(number) for number in found[-1])
        part.failed = failures + errors
        part.passed = max(total - part.failed, 0)
    else:
        part.failed, part.note = 1, "no result in the log"
    if part.failed:
        show_failures(text)
    return part


def show_failures(text: str) -> None:
    """Print the failed tests with their tracebacks, within reason."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if re.search(r" ERROR \S+ \S+: (FAIL|ERROR): ", line)]
    for start in starts[:20]:
        end = start + 1
        while end < len(lines) and not re.match(r"\d{4}-\d\d-\d\d ", lines[end]) and end < start + 40:
            end += 1
        print("\n".join(lines[start:end]), flush=True)
    if not starts:
        print("\n".join(lines[-30:]), flush=True)


def check_log(part: Part, log: Path) -> Part:
    """Fail ``part`` when the log holds warnings or errors that the allow-list does not name."""
    own = [r": (FAIL|ERROR): ", r"odoo\.tests\.result: "]  # failed tests are counted already
    lines = odoo_log.unexpected(log.read_text(encoding="utf-8", errors="replace"), own)
    if lines:
        print(f"--- {log.name}: {len(lines)} warnings or errors in Odoo's log")
        print("\n".join(line[:400] for line in lines[:20]), flush=True)
        part.failed += 1
        part.note = f"{part.note} log not clean".strip()
    return part


# ------------------------------------------------------------------ the parts


def part_lint() -> list[Part]:
    """Lint everything."""
    log = LOGS / "lint.log"
    code = run([str(REPO / "scripts" / "lint.sh")], log)
    if code:
        print(log.read_text(encoding="utf-8", errors="replace")[-6000:], flush=True)
    return [Part("lint", passed=not code, failed=bool(code))]


def part_server(base: str) -> list[Part]:
    """Toy addons, then the top-level tests with pytest against real servers."""
    toys = [path.parent for path in sorted((REPO / "tests" / "addons").glob("*/__manifest__.py"))]
    names = ",".join(["disable_odoo_online", *(path.name for path in toys)])
    parts = [template("tpl_server", names, base, toys=True)]
    for toy in toys:
        parts += test_addon(toy, "tpl_server", toys=True)
    if not list((REPO / "tests").glob("test_*.py")):
        return parts
    if shell("tpl_server", "setup_database.py", LOGS / "tpl_server.log", toys=True):
        return [*parts, Part("settings of tpl_server", failed=1)]
    say("top-level tests against real servers")
    env = environment(addons_path(toys=True), "pytest")
    env |= {"PSYCH_TEST_TEMPLATE": "tpl_server", "PSYCH_TEST_PYTHON": PYTHON}
    report, log = LOGS / "pytest.xml", LOGS / "pytest.log"
    options = ["-n", str(JOBS), "--dist", "loadfile", f"--junitxml={report}"]
    code = run([PYTHON, "-m", "pytest", *options, *(os.environ.get("PYTEST") or "").split()], log, env)
    part = Part("server")
    if report.exists():
        suite = ET.parse(report).getroot()[0]
        part.failed = int(suite.get("failures")) + int(suite.get("errors"))
        skipped = int(suite.get("skipped"))
        part.passed = int(suite.get("tests")) - part.failed - skipped
        part.note = f"{skipped} skipped" if skipped else ""
    if code not in (0, 5) and not part.failed:
        part.failed = 1
    print(log.read_text(encoding="utf-8", errors="replace")[-8000 if part.failed else -1500 :], flush=True)
    return [*parts, part]


def part_i18n(base: str, mode: str = "check") -> list[Part]:
    """Compare the exported terms of our addons with their ``zh_CN.po``."""
    log = LOGS / "i18n.log"
    os.environ["PSYCH_I18N"] = mode
    code = shell(base, "i18n.py", log)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    print("\n".join(lines[-60:] if mode == "check" else lines), flush=True)
    return [Part("i18n", passed=not code, failed=bool(code))]


def start_cluster() -> None:
    """Start the throw-away cluster, with durability off."""
    env = {**os.environ, "PG_THROWAWAY": "1", "PG_PORT": os.environ.get("TEST_PG_PORT") or "5690"}
    code = run([str(REPO / "scripts" / "postgres.sh"), "start", str(CLUSTER)], LOGS / "postgres.log", env)
    if code:
        raise SystemExit((LOGS / "postgres.log").read_text()[-2000:])


def main() -> int:
    """Run the parts asked for and print the sum.

    :return: the exit code
    """
    wanted = set(filter(None, (os.environ.get("ONLY") or "lint,health,crisis,i18n,server").split(",")))
    merge_words = sys.argv[1:] == ["i18n"]
    if merge_words:
        wanted = {"i18n"}
    subprocess.run(["rm", "-rf", str(LOGS), str(RUN / "test-data")], check=True)
    LOGS.mkdir(parents=True)
    health, crisis = REPO / "addons" / "psych_health", REPO / "addons" / "psych_crisis"
    has_crisis = (crisis / "__manifest__.py").exists()
    parts: list[Part] = []
    with ThreadPoolExecutor(1) as pool:
        lint = pool.submit(part_lint) if "lint" in wanted else None
        if wanted - {"lint"}:
            start_cluster()
            parts.append(template("tpl_health", "psych_health"))
        if "health" in wanted:
            parts += test_addon(health, "tpl_health")
        if lint:
            parts += lint.result()
    if has_crisis and wanted & {"crisis", "i18n", "server"}:
        parts.append(template("tpl_crisis", "psych_crisis", "tpl_health"))
    if has_crisis and "crisis" in wanted:
        parts += test_addon(crisis, "tpl_crisis")
    base = "tpl_crisis" if has_crisis else "tpl_health"
    if "i18n" in wanted:
        parts += part_i18n(base, "merge" if merge_words else "check")
    if "server" in wanted:
        parts += part_server(base)
    if wanted - {"lint"}:
        run([str(REPO / "scripts" / "postgres.sh"), "stop", str(CLUSTER)], LOGS / "postgres.log")
    return summary(parts)


def summary(parts: list[Part]) -> int:
    """Print one line for each part and the sum.

    :return: the exit code
    """
    print()
    for part in parts:
        print(f"{part.name:24} {part.passed:5} passed {part.failed:4} failed  {part.note}")
    failed = sum(part.failed for part in parts)
    say(f"logs in {LOGS.relative_to(REPO) if LOGS.is_relative_to(REPO) else LOGS}")
    print(f"{sum(part.passed for part in parts)} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
