"""What a sweep of a large backlog costs: `python3 scripts/bench_sweep.py [--rows N]`.

Sweeps an invented extract of N incidents (default: a million), every table and every rule, in a process of its own;
then once more, killed when half of it is judged, and gone on with. Says the time, the processor time and the peak of
memory of each, and exits where the two do not come to the same files. Needs Linux or macOS.
"""

import argparse
import filecmp
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import bootstrap

FOLDER = bootstrap.ROOT / "out" / "bench-sweep"
TABLES = ("findings.csv", "order.csv", "children.csv", "excluded.csv", "rejected.csv")


def main() -> int:
    """Print a line a process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", metavar="N", type=int, default=1_000_000, help="incidents")
    rows = parser.parse_args().rows
    if Path(sys.prefix).resolve() != bootstrap.VENV.resolve():
        bootstrap.prepare("run")
        return bootstrap.run("python", __file__, *sys.argv[1:])
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    extract = bootstrap.ROOT / "scripts" / "bench_extract.py"
    subprocess.run([sys.executable, extract, str(rows), FOLDER], check=True)
    print(f"{os.cpu_count()} cores; {rows:,} incidents")
    parts = sweep("at once", None)
    sweep("killed", parts // 2)
    sweep("killed", None)
    for table in TABLES:
        if not filecmp.cmp(FOLDER / "at once" / table, FOLDER / "killed" / table, shallow=False):
            sys.exit(f"{table}: is another one after the interruption")
    print("the files of both are the same")
    return 0


def sweep(name: str, until: int | None) -> int:
    """Sweep under that name, to its end or until so many parts are judged; how many were seen to be judged at once."""
    told = ["--name", name, "--reason", "a benchmark", "--out", str(FOLDER / name)]
    command = [sys.executable, "-m", "checker", "sweep", str(FOLDER / "whole"), *told]
    variables = os.environ | {"CHECKER_STORE__URL": f"sqlite:///{FOLDER / 'checker.db'}"}
    begin, most = time.perf_counter(), 0
    running = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, cwd=bootstrap.ROOT)
    while True:
        ended, status, usage = os.wait4(running.pid, os.WNOHANG)
        if ended:
            break
        most = max(most, judged())
        if until is not None and most >= until:
            running.send_signal(signal.SIGKILL)
            until = None
        time.sleep(0.2)
    running.returncode = os.waitstatus_to_exitcode(status)
    seconds, peak = time.perf_counter() - begin, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    how = "killed" if running.returncode == -signal.SIGKILL else f"exit {running.returncode}"
    cpu = usage.ru_utime + usage.ru_stime
    print(
        f"  {name:10}{how:10}{seconds:8.1f} s{cpu:8.1f} s CPU{peak / 1e6:9.0f} MB peak; parts seen: {most}", flush=True
    )
    return most


def judged() -> int:
    """How many parts of a sweep that is not yet stored the store holds."""
    file = FOLDER / "checker.db"
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM sweep_parts").fetchone()
    except sqlite3.OperationalError:  # the tables are being made
        return 0
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
