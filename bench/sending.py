"""`python -m bench.sending`: how fast campaigns go out, of the outbox and over one SMPP bind.

Two workers send, as two of a service would, on a PostgreSQL of their own. Every recipient's text is
their own; every status is recorded. The message centre is `smpp34`'s, in a process of its own.
"""

import asyncio
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import psycopg
import uvloop

from bench import smpp
from rubrica import embedded, wiring, worker
from rubrica.accounts import service as accounts
from rubrica.campaigns import service
from rubrica.campaigns.model import Campaign, NewCampaign
from rubrica.campaigns.sending import Sender
from rubrica.db import Database, migrate
from rubrica.settings import Settings
from rubrica.transports import service as transports
from rubrica.transports.settings import NewSmpp, SmppSettings

WORKERS = 2
TEXT = "Dear {{firstName|customer}}, everything is 20% off until Sunday."
PEOPLE = """
    INSERT INTO contacts (account_id, phone_number, phone_key, phone_type, country_code, first_name,
                          is_valid)
    SELECT %s, n.number, n.number, 'MOBILE', 'IT', 'Name' || n.n, true
      FROM (SELECT n, '+39347' || lpad(n::text, 7, '0') AS number
              FROM generate_series(1, %s) AS n) AS n
"""


def _config(url: str, folder: Path) -> Settings:
    return Settings(data_dir=folder, database_url=url, secret="bench")


async def _worker(url: str, folder: Path) -> None:
    """Send until a line comes in, then tell how much memory it took."""
    config = _config(url, folder)
    wiring.wire(config)
    db = Database(url)
    await db.open()
    sender = Sender(db, config)
    sending = asyncio.create_task(sender.run())
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    sender.stop()
    await sending
    await db.close()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


async def _measure(url: str, folder: Path, people: int, port: int | None) -> None:
    config = _config(url, folder)
    wiring.wire(config)
    db = Database(url)
    await db.open()
    name = "over SMPP" if port else "to the outbox"
    async with db.transaction() as tx:
        account = await accounts.create_account(tx, name, "IT")
        made = "INSERT INTO lists (account_id, name) VALUES (%(a)s, 'all') RETURNING id"
        everybody = await tx.value(made, a=account)
        await tx.conn.execute(PEOPLE, (account, people))
        members = "INSERT INTO list_members SELECT account_id, %s, id FROM contacts"
        await tx.conn.execute(members + " WHERE account_id = %s", (everybody, account))
        if port:
            way = SmppSettings(
                host="127.0.0.1", port=port, system_id="bench", default_sender="Shop", window=50
            )
            await transports.create(tx, account, NewSmpp(channel="SMS", settings=way))
        wish = NewCampaign(
            name="bench", sending_mode="SMS", contact_list_ids=[everybody], body=TEXT
        )
        campaign = await service.create(tx, account, "UTC", wish, "bench")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")
    began = time.perf_counter()
    async with db.snapshot() as tx:
        goal = await service.goal(tx, account, "IT", campaign.id)
    counted = time.perf_counter() - began
    assert goal.reachable == people
    workers = [_started(url, folder) for _ in range(WORKERS)]
    for each in workers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    async with db.transaction() as tx:
        await service.confirm(tx, config, account, "IT", campaign.id, people)
    told = await _told(db, account, campaign.id)
    while told.finished_at is None or (port and told.totals.sent):
        await asyncio.sleep(0.2)
        told = await _told(db, account, campaign.id)
    memory = [each.communicate("\n")[0].split()[-1] for each in workers]
    assert told.totals.recipients == people
    assert told.totals.sent + told.totals.delivered == people, told.totals
    assert told.started_at is not None
    assert told.frozen_at is not None
    frozen = (told.frozen_at - told.started_at).total_seconds()
    sent = (told.finished_at - told.frozen_at).total_seconds()
    print(f"\n{people:,} recipients {name}, {WORKERS} workers")
    print(f"  counted before        {counted:7.1f} s")
    print(f"  audience frozen       {frozen:7.1f} s")
    print(f"  sent, all recorded    {sent:7.1f} s  {people / sent:9,.0f}/s")
    print(f"  memory of the workers {' and '.join(memory)} MB at most")
    await db.close()


def _started(url: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.sending", "--as-worker", url, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def _told(db: Database, account: int, id: int) -> Campaign:
    async with db.read() as tx:
        return await service.get(tx, account, id)


@click.command()
@click.option("--people", default=1_000_000, show_default=True, help="To the outbox.")
@click.option("--over-smpp", default=50_000, show_default=True, help="Over one bind; 0: none.")
@click.option("--as-worker", nargs=2, hidden=True)
def main(people: int, over_smpp: int, as_worker: tuple[str, str] | None) -> None:
    """Measure campaigns."""
    if as_worker:
        worker.tune()
        uvloop.run(_worker(as_worker[0], Path(as_worker[1])))
        return
    folder = Path(tempfile.mkdtemp(prefix="rubrica-bench-"))
    folder.chmod(0o755)
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
    try:
        with embedded.running(folder / "postgres"):
            url = embedded.url(folder / "postgres")
            migrate(url)
            if people:
                asyncio.run(_measure(url, folder, people, None))
            if over_smpp:
                port = smpp.free_port()
                spawned = multiprocessing.get_context("spawn")
                centre = spawned.Process(target=smpp.centre, args=(port, True), daemon=True)
                centre.start()
                smpp.until_it_listens(port)
                asyncio.run(_measure(url, folder, over_smpp, port))
                centre.terminate()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
