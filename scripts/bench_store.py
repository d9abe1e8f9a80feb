"""What the store costs, on SQLite and on PostgreSQL: `python3 scripts/bench_store.py [--nights N]`.

It times a nightly pass over sample_data/nightly, and, by the six first rules, the storing of 50,000 findings on the
first night and on the night after, beside the same rows written by hand in the fastest way that the database's own
driver has (`executemany`, and COPY on PostgreSQL), which reads and compares nothing. Then it simulates a year of nights
by those rules and says how large the store has become. The PostgreSQL is one of its own, with every write synchronised
to the disk. Times depend on the machine and on what else it does; the ratios hardly do.
"""

import argparse
import csv
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import bootstrap

FOLDER = bootstrap.ROOT / "out" / "bench-store"
TURNS = 3
FINDINGS = 50_000
FIRST_NIGHT = datetime(2025, 10, 1, 2)  # in the zone of London, and so is every time below
INCIDENTS_A_DAY, LATE_A_DAY = 27, 10
DAYS_COVERED, DAYS_LATE = 30, 7
TABLES = {
    "incidents": ("incident_ref", "reported_at", "closed_at", "closure_codes", "domestic_abuse", "district", "team"),
    "children": ("incident_ref", "child_ref", "date_of_birth"),
    "referrals": ("referral_ref", "incident_ref", "child_ref", "submitted_at"),
}
WRITTEN = ("past_incidents", "verdicts", "events", "findings")  # what a first night adds rows to by the thousand


def main() -> int:
    """Print a table for each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", metavar="N", type=int, default=365, help="nights to simulate; 0: none")
    nights = parser.parse_args().nights
    if Path(sys.prefix).resolve() != bootstrap.VENV.resolve():
        bootstrap.prepare("test")  # the PostgreSQL is started as the tests start theirs
        return bootstrap.run("python", __file__, *sys.argv[1:])
    sys.path.insert(0, str(bootstrap.ROOT))
    from tests import postgres

    shutil.rmtree(FOLDER, ignore_errors=True)
    with postgres.own_server(options="") as server:
        databases: dict[str, Callable[[], Any]] = {
            "SQLite": sqlite_file,
            "PostgreSQL": lambda: postgres.database(server.url),
        }
        for name, database in databases.items():
            print(f"\n{name}")
            show("a nightly pass over sample_data/nightly", [nightly_pass(database) for _ in range(TURNS)])
            stored, by_hand = zip(*(fifty_thousand(database) for _ in range(TURNS)), strict=True)
            for night, title in enumerate(("the first night", "the night after")):
                show(f"{FINDINGS:,} findings stored, {title}", [each[night] for each in stored])
                show("the same rows written by hand", [each[night] for each in by_hand])
                ratios = [a[night] / b[night] for a, b in zip(stored, by_hand, strict=True)]
                show("ratio", ratios, unit="")
            if nights:
                simulate(database, nights)
    return 0


def show(title: str, figures: list[float], unit: str = " s") -> None:
    """Print the median of some figures."""
    print(f"  {title:45}{median(figures):8.2f}{unit}", flush=True)


@contextmanager
def sqlite_file() -> Iterator[str]:
    """The URL of a new SQLite file, removed when the block ends."""
    folder = FOLDER / "sqlite"
    try:
        yield f"sqlite:///{folder}/checker.db"
    finally:
        shutil.rmtree(folder)


def nightly_pass(database: Callable[[], Any]) -> float:
    """The seconds of one pass over a copy of the nightly sample: read, judged, stored and reported."""
    from checker.config import load_config
    from checker.schedule.nightly import run_pass
    from checker.store import opened

    with database() as url, service(url) as file:
        shutil.copytree(bootstrap.ROOT / "sample_data" / "nightly", FOLDER / "service" / "inbox" / "night")
        with opened(url) as store:
            begin = time.perf_counter()
            finished = run_pass(load_config(file), file, store).finished
            seconds = time.perf_counter() - begin
        require(len(finished) == 1, "the sample was not run")
    return seconds


def fifty_thousand(database: Callable[[], Any]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The seconds that two nights of 50,000 findings take to store, and the seconds of the same rows by hand."""
    from checker.config import Config
    from checker.pipeline.order import Order
    from checker.pipeline.run import run_report
    from checker.store import Store
    from checker.store.engine import connect
    from checker.store.schema import bring_up_to_date
    from tests.first_rules import first_rules

    class Timed(Store):
        """A store that knows how long each run took to store."""

        seconds: list[float]

        def save(self, *arguments: Any) -> int:
            begin = time.perf_counter()
            number = super().save(*arguments)
            self.seconds.append(time.perf_counter() - begin)
            return number

    extract = FOLDER / "extract"
    if not extract.is_dir():
        moment = FIRST_NIGHT - timedelta(days=3)
        write_extract(extract, [(f"{number}", moment, None) for number in range(FINDINGS)])
    with database() as url:
        engine = connect(url)
        try:
            bring_up_to_date(engine)
            store = Timed(engine)
            store.seconds = []
            for night in range(2):
                as_of = (FIRST_NIGHT + timedelta(days=night)).isoformat()
                config = Config(rules=first_rules())
                run = run_report(Order(extract, as_of, config, None), FOLDER / "report", store).run
                require(run.findings.height == FINDINGS, "another number of findings than there should be")
            by_hand = written_by_hand(url, database)
        finally:
            engine.dispose()
    return (store.seconds[0], store.seconds[1]), by_hand


def written_by_hand(url: str, database: Callable[[], Any]) -> tuple[float, float]:
    """The seconds that the rows of each night take with the driver alone, into the same tables of a new database."""
    from checker.store import opened

    with connected(url) as (source, _):
        rows = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in WRITTEN}  # noqa: S608
    first = {table: [row for row in lines if table == "findings" or row[0] == 1] for table, lines in rows.items()}
    again = [row for row in rows["verdicts"] if row[0] == 2]
    with database_beside(url, database) as target:
        with opened(target):
            pass
        with connected(target) as (connection, mark):

            def first_night(cursor: Any) -> None:
                for table in WRITTEN:
                    insert(cursor, table, first[table], mark)

            def second_night(cursor: Any) -> None:
                insert(cursor, "verdicts", again, mark)
                update = f"UPDATE findings SET last_examined = {mark}, listed_in = {mark} WHERE finding_id = {mark}"  # noqa: S608
                cursor.executemany(update, [(row[5], 2, row[0]) for row in rows["findings"]])

            return timed(connection, first_night), timed(connection, second_night)


@contextmanager
def database_beside(url: str, database: Callable[[], Any]) -> Iterator[str]:
    """The URL of another new database of the same kind."""
    if url.startswith("sqlite"):
        yield url + ".by-hand"
    else:
        with database() as other:
            yield other


@contextmanager
def connected(url: str) -> Iterator[tuple[Any, str]]:
    """A connection of the driver's own, as the store has its, and its mark for a value."""
    import psycopg

    if not url.startswith("sqlite"):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            yield connection, "%s"
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            file.execute(f"PRAGMA {pragma}")
        yield file, "?"


def insert(cursor: Any, table: str, rows: list[Any], mark: str) -> None:
    """Insert rows in one call of the driver."""
    if mark == "%s":
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row([json.dumps(value) if isinstance(value, list) else value for value in row])
        return
    cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join([mark] * len(rows[0]))})", rows)  # noqa: S608


def timed(connection: Any, work: Callable[[Any], None]) -> float:
    """The seconds of one transaction."""
    begin = time.perf_counter()
    work(connection.cursor())
    connection.commit()
    return time.perf_counter() - begin


def simulate(database: Callable[[], Any], nights: int) -> None:
    """Print the size of the store after quarters of that many nights, and the seconds of the first and last nights.

    Each extract covers 30 days of 27 incidents with a child each; of each day's, 10 forms are a week late. So a night
    finds 10 new and 60 that are still open, and sees 10 put right.
    """
    from checker.config import load_config
    from checker.schedule.nightly import run_pass
    from checker.store import opened
    from tests.first_rules import first_rules

    with database() as url, service(url, first_rules()) as file:
        config, seconds = load_config(file), []
        for night in range(1, nights + 1):
            as_of = FIRST_NIGHT + timedelta(days=night - 1)
            write_extract(FOLDER / "service" / "inbox" / f"{as_of:%Y-%m-%dT%H%M}", list(recent_incidents(as_of)))
            with opened(url) as store:
                begin = time.perf_counter()
                require(len(run_pass(config, file, store).finished) == 1, f"night {night} was not run")
                seconds.append(time.perf_counter() - begin)
            shutil.rmtree(config.report.folder)
            if night % max(1, nights // 4) == 0:
                print(f"  {f'size after {night:,} nights':45}{size(url) / 1e6:8.1f} MB", flush=True)
        show("a pass, of the first 14 nights", seconds[:14])
        show("a pass, of the last 14 nights", seconds[-14:])


def recent_incidents(as_of: datetime) -> Iterator[tuple[str, datetime, datetime | None]]:
    """Reference, time of report and time of referral of each incident that an extract as of a moment covers."""
    for age in range(1, DAYS_COVERED + 1):
        day = as_of - timedelta(days=age)
        for number in range(INCIDENTS_A_DAY):
            reported = day + timedelta(hours=8, minutes=number)
            sent = reported + (timedelta(days=DAYS_LATE) if number < LATE_A_DAY else timedelta(hours=2))
            yield f"{day:%Y%m%d}-{number}", reported, sent if sent <= as_of else None


def write_extract(folder: Path, incidents: list[tuple[str, datetime, datetime | None]]) -> None:
    """Write an extract of incidents that are closed in time, with a child each and the forms that were sent."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [columns] for table, columns in TABLES.items()}
    for ref, reported, sent in incidents:
        told = (
            reported.isoformat(),
            (reported + timedelta(hours=1)).isoformat(),
            "DOM;QL23",
            "yes",
            "North",
            "North A",
        )
        rows["incidents"].append((f"INC-{ref}", *told))
        rows["children"].append((f"INC-{ref}", f"CH-{ref}", "2018-03-04"))
        if sent:
            rows["referrals"].append((f"REF-{ref}", f"INC-{ref}", f"CH-{ref}", sent.isoformat()))
    folder.mkdir(parents=True)
    for table, lines in rows.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)


@contextmanager
def service(url: str, rules: Path = bootstrap.ROOT / "rules") -> Iterator[Path]:
    """The `checker.toml` of a service with an empty inbox, removed with all that it made when the block ends."""
    folder = FOLDER / "service"
    (folder / "inbox").mkdir(parents=True)
    file = folder / "checker.toml"
    told = "[schedule]\ninbox = 'inbox'\nsettle_minutes = 0\n[report]\nfolder = 'reports'\n"
    file.write_text(f"rules = '{rules}'\n[store]\nurl = '{url}'\n{told}", encoding="utf-8")
    try:
        yield file
    finally:
        shutil.rmtree(folder)


def size(url: str) -> int:
    """The bytes that the store takes on the disk."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))
    with connected(url) as (connection, _):
        (found,) = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(found)


def require(holds: bool, otherwise: str) -> None:
    """Exit unless that holds: a figure of work that was not done is worse than none."""
    if not holds:
        sys.exit(otherwise)


if __name__ == "__main__":
    sys.exit(main())
