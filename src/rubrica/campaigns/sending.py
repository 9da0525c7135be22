"""The sender that each worker runs: everything that campaigns need done without being asked.

All it goes by is in the database. Whoever claims a batch marks its recipients as in flight in a
transaction of its own, before anything goes out; whoever is taken for dead leaves them UNKNOWN. So
any worker may be killed at any moment.
"""

import asyncio
import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from rubrica.campaigns import claiming, feedback, queries, recipients, recording, service
from rubrica.campaigns.claiming import LEASE_SECONDS, Batch, Open
from rubrica.campaigns.links import Links
from rubrica.campaigns.model import Campaign
from rubrica.campaigns.rendering import Texts, parts_of, unsendable
from rubrica.campaigns.ways import Ways
from rubrica.db import Database, Tx
from rubrica.errors import Unready
from rubrica.jobs import TRANSIENT
from rubrica.settings import Settings
from rubrica.transports import Answer, Link, Message

LANES = 3
"""Batches that one worker sends at a time: while one waits for the database, another is written."""
LANES_OF_ONE = 2
"""Of those, how many one provider may have: the third is for others, should it not answer."""
BEAT_SECONDS = 1.0
IDLE_SECONDS = 0.25
FLUSHED = 100
"""Answers that are written together, while a batch goes on."""
FLUSH_SECONDS = 0.5
HEALTHY_SECONDS = LEASE_SECONDS + 2.0
"""Seconds for which the database must have answered before anybody is taken for dead: when it comes
back from the dead itself, all who live get to say so first."""
REMEMBERED = 100
"""Campaigns whose texts are kept ready, and of which it is known when they had their turn."""
T = TypeVar("T")
log = structlog.get_logger()


class Sender:
    """Starts, freezes, sends and ends campaigns, until it is stopped."""

    def __init__(self, db: Database, config: Settings) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._db = db
        self._config = config
        self._links = Links(config)
        self._ways = Ways(db, self.holder)
        self._texts: dict[tuple[int, int], tuple[Campaign, Texts]] = {}
        self._served: dict[tuple[int, int], float] = {}
        self._taken = Counter[tuple[int, int]]()
        self._healthy_since = time.monotonic()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop` is called."""
        beat = asyncio.create_task(self._for_ever(self._beat, BEAT_SECONDS))
        watch = asyncio.create_task(self._for_ever(self.oversee, BEAT_SECONDS))
        try:
            lanes = asyncio.gather(*(self._lane(n) for n in range(LANES)))
            await self._stopping.wait()
            watch.cancel()
            # Who is not on the wire yet goes back to the queue, and who is gets an answer.
            await self._ways.close()
            await lanes
        finally:
            watch.cancel()
            beat.cancel()

    def stop(self) -> None:
        """Have `run` return once the batches that are being sent are answered."""
        self._stopping.set()

    async def _for_ever(self, work: Callable[[], Awaitable[object]], pause: float) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the database may be away: try again
                self._healthy_since = time.monotonic()
                log.warning("campaigns wait", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause)

    async def _beat(self) -> None:
        async with self._db.transaction() as tx:
            await claiming.stay_alive(tx, self.holder)
        await self._ways.renew()

    async def oversee(self) -> None:
        """Do once what falls due: start, freeze, bury, end; and keep the ways open."""
        async with self._db.read() as tx:
            due = await queries.due(tx)
        for place in due:
            async with self._db.transaction() as tx:
                await service.start_due(tx, self._config, place)
        async with self._db.read() as tx:
            unfrozen = await queries.unfrozen(tx)
        for place in unfrozen:
            async with self._db.transaction() as tx:
                await service.freeze(tx, place)
        if time.monotonic() - self._healthy_since >= HEALTHY_SECONDS:
            async with self._db.transaction() as tx:
                await bury(tx)
        async with self._db.transaction() as tx:
            await queries.complete(tx)
        async with self._db.transaction() as tx:
            await recipients.skip_cancelled(tx)
        async with self._db.transaction() as tx:
            await feedback.match_unknown(tx)
        await self._ways.keep_open()

    async def _lane(self, number: int) -> None:
        await asyncio.sleep(number * IDLE_SECONDS / LANES)
        while not self._stopping.is_set():
            try:
                busy = await self.send_next()
            except TRANSIENT as error:
                log.warning("sending waits", error=str(error))
                busy = False
            except Exception:
                log.exception("sending failed")
                busy = False
            if not busy:
                await asyncio.sleep(IDLE_SECONDS)

    async def send_next(self) -> bool:
        """Send one batch of whichever campaign is due; tell whether there was one."""
        async with self._db.read() as tx:
            there = await claiming.open_campaigns(tx)
        for each in sorted(there, key=self._turn):
            way = (each.account_id, each.transport_id)
            if each.kind != "OUTBOX" and self._taken[way] >= LANES_OF_ONE:
                continue
            self._taken[way] += 1
            try:
                if await self._send_of(each):
                    return True
            finally:
                self._taken[way] -= 1
        return False

    def _turn(self, place: Open) -> float:
        """Return when a campaign had its last turn: who had none comes first."""
        return self._served.get((place.account_id, place.id), 0)

    async def _send_of(self, place: Open) -> bool:
        """Send a batch of one campaign, where we have a way to its provider."""
        link = None
        if place.kind != "OUTBOX":
            try:
                link = await self._ways.link(place.account_id, place.transport_id)
            except Unready as refusal:
                async with self._db.transaction() as tx:
                    await queries.hold_up(
                        tx, place.account_id, place.id, refusal.code, refusal.detail
                    )
                return False
            if link is None:
                return False
        known = await self._known(place)
        if known is None:
            return False
        campaign, texts = known
        batch = await self._claim(place, campaign, texts)
        if batch is None:
            return False
        messages = [texts.message(place.account_id, each, self._links) for each in batch.recipients]
        self._served[place.account_id, place.id] = time.monotonic()
        await self._hand_over(place, batch, messages, link)
        return True

    async def _known(self, place: Open) -> tuple[Campaign, Texts] | None:
        key = (place.account_id, place.id)
        if key not in self._texts:
            async with self._db.read() as tx:
                campaign = await queries.by_id(tx, *key)
            if campaign is None:
                return None
            if len(self._texts) >= REMEMBERED:
                oldest = next(iter(self._texts))
                self._texts.pop(oldest)
                self._served.pop(oldest, None)
            self._texts[key] = campaign, Texts(campaign)
        return self._texts[key]

    async def _claim(self, place: Open, campaign: Campaign, texts: Texts) -> Batch | None:
        account, id, throttle = place.account_id, place.id, campaign.throttle_per_second
        async with self._db.transaction() as tx:
            if throttle:
                await claiming.hold_pace(tx, account, id)
            batch = await claiming.claim(
                tx, account, id, campaign.sending_mode, self.holder, texts.fields
            )
            if batch is None:
                return None
            going = len(batch.recipients)
            await recipients.count(
                tx, account, id,
                {"QUEUED": -going - batch.skipped, "SENDING": going, "SKIPPED": batch.skipped},
            )  # fmt: skip
            if throttle:
                await claiming.pace(tx, account, id, throttle, going)
            if place.held_up:
                await queries.go_on(tx, account, id)
            return batch

    async def _hand_over(
        self, place: Open, batch: Batch, messages: list[Message], link: Link | None
    ) -> None:
        parts = {each.key: parts_of(each) for each in messages}
        answers = [bad for each in messages if (bad := unsendable(each, parts[each.key]))]
        refused = {each.key for each in answers}
        fit = [each for each in messages if each.key not in refused]
        if link is None:
            await self._persist(lambda tx: self._put_out(tx, place, batch, fit, answers, parts))
            return
        missing = {each.key for each in messages} - refused
        flushed = time.monotonic()
        try:
            async for answer in link.send(fit):
                answers.append(answer)
                missing.discard(answer.key)
                if len(answers) >= FLUSHED or time.monotonic() - flushed > FLUSH_SECONDS:
                    await self._record(place, answers, parts)
                    answers, flushed = [], time.monotonic()
        except Exception:
            log.exception("a transport failed", transport=place.transport_id)
        answers += [Answer(key=key, outcome="UNKNOWN") for key in sorted(missing)]
        await self._record(place, answers, parts, done=batch)

    async def _put_out(
        self,
        tx: Tx,
        place: Open,
        batch: Batch,
        messages: list[Message],
        refused: list[Answer],
        parts: dict[int, int | None],
    ) -> None:
        account, id = place.account_id, place.id
        if not await claiming.hold(tx, account, id, batch, self.holder):
            return  # we were taken for dead: somebody else has it, and nothing went out
        await recording.put_out(tx, account, id, place.transport_id, messages, parts)
        if refused:
            await recording.record(tx, account, id, place.transport_id, refused, parts)
        await claiming.let_go(tx, account, id, batch, self.holder)

    async def _record(
        self,
        place: Open,
        answers: list[Answer],
        parts: dict[int, int | None],
        done: Batch | None = None,
    ) -> None:
        account, id, transport = place.account_id, place.id, place.transport_id

        async def written(tx: Tx) -> None:
            again = await recording.record(tx, account, id, transport, answers, parts)
            await feedback.apply_early(tx, account, transport, answers)
            await feedback.call_invalid(tx, account, id, answers)
            if done is not None:
                if again:
                    await claiming.bring_back(tx, account, id, done)
                await claiming.let_go(tx, account, id, done, self.holder)

        await self._persist(written)

    async def _persist(self, write: Callable[[Tx], Awaitable[T]]) -> T:
        """Write what has happened already: for ever tried again, as it cannot happen again."""
        while True:
            try:
                async with self._db.transaction() as tx:
                    return await write(tx)
            except TRANSIENT as error:
                log.warning("an answer waits to be written", error=str(error))
                await asyncio.sleep(BEAT_SECONDS)


async def bury(tx: Tx) -> int:
    """Take over the batches of the dead: who was in flight is UNKNOWN, who was not goes on.

    The outbox alone is asked what it took. Returns how many batches there were.
    """
    found = await claiming.orphans(tx)
    for orphan in found:
        account, campaign = orphan.account_id, orphan.campaign_id
        asked = await claiming.settle_outbox(tx, orphan)
        lost = await claiming.give_up(tx, orphan)
        told = sum(asked.values()) + lost
        delta = {**asked, "UNKNOWN": lost, "SENDING": -told}
        await recipients.count(tx, account, campaign, delta)
        await claiming.let_go(tx, account, campaign, orphan, orphan.holder)
        log.warning("a sender died", campaign=campaign, batch=orphan.number, unknown=lost)
    return len(found)
