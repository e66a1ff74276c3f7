#!/usr/bin/env python3
"""Run the benchmarks: every ``bench/bench_*.py``, or those named on the command line (``make bench ONLY=counselling``).

Each file is a program of its own that measures ours and the peer in one run and prints ratios; it finds the
private cluster (durability on) through PGHOST, PGPORT, PGUSER, PGPASSWORD, makes databases of its own and drops
them. The output goes to the screen and to ``RUN_DIR/log/bench/``. See docs/bench.md.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
RUN = Path(os.environ.get("RUN_DIR") or REPO / ".run").resolve()


def environment() -> dict[str, str]:
    """Start the private cluster.

    :return: the environment of a benchmark
    """
    subprocess.run([str(REPO / "scripts" / "postgres.sh"), "start"], check=True)
    secrets = RUN / "secrets"
    return {
        **os.environ,
        "PGHOST": "127.0.0.1",
        "PGPORT": (RUN / "pg" / "port").read_text().strip(),
        "PGUSER": "odoo",
        "PGPASSWORD": (secrets / "db_password").read_text().strip(),
        "PSYCH_HEALTH_KEYS": str(secrets / "psych_health_keys"),
        "PSYCH_HEALTH_LOG_KEY": str(secrets / "psych_health_log_key"),
        "ODOO_DIST": os.environ.get("ODOO_HOME") or str(RUN / "odoo" / "root/usr/lib/python3/dist-packages"),
    }


def chosen(names: list[str]) -> list[Path]:
    """:return: the benchmarks named, or all"""
    files = sorted((REPO / "bench").glob("bench_*.py"))
    return [path for path in files if not names or path.stem.removeprefix("bench_") in names]


def run(path: Path, env: dict[str, str], log: Path) -> bool:
    """Run one benchmark, its output to screen and log.

    :return: whether it ended well
    """
    print(f"\n=== {path.stem.removeprefix('bench_')}", flush=True)
    began = time.monotonic()
    with open(log, "w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, str(path)],
            env=env,
            cwd=REPO,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for line in process.stdout:
            print(line, end="", flush=True)
            stream.write(line)
    print(f"    ({time.monotonic() - began:.0f} s)")
    return process.wait() == 0


def main() -> int:
    """:return: the number of benchmarks that failed"""
    names = sys.argv[1:] or [name for name in (os.environ.get("ONLY") or "").split(",") if name]
    env = environment()
    logs = RUN / "log" / "bench"
    logs.mkdir(parents=True, exist_ok=True)
    failed = [path.stem for path in chosen(names) if not run(path, env, logs / f"{path.stem}.log")]
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
