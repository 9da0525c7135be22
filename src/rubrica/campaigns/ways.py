"""The ways to providers that one worker keeps open.

A provider takes so many binds and no more: who may have one is a lease in the database. An SMPP
bind stays open while nothing is sent, for receipts and replies come by it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from rubrica import transports
from rubrica.campaigns import feedback
from rubrica.campaigns.claiming import LEASE_SECONDS
from rubrica.db import Database
from rubrica.errors import Unready
from rubrica.transports import Inbound, Kind, Link, Report, SmppSettings, Transport

REST_SECONDS = 5.0
"""Seconds for which a provider that did not answer is left alone."""
BELIEVED_SECONDS = 5.0
"""Seconds for which a transport's settings are believed to be as they were."""
log = structlog.get_logger()


@dataclass
class _Way:
    link: Link
    kind: Kind
    updated_at: datetime
    checked: float


class Ways:
    """Opens ways when they are needed, and knows whether they are ours to open."""

    def __init__(self, db: Database, holder: str) -> None:
        self._db = db
        self._holder = holder
        self._open: dict[tuple[int, int], _Way] = {}
        self._closed = False
        self._leased: set[tuple[int, int]] = set()
        self._resting: dict[tuple[int, int], tuple[float, Unready]] = {}

    async def link(self, account: int, id: int) -> Link | None:
        """Return a way that messages can go by; None: other workers have all that there may be.

        Raises `Unready` where the provider does not answer, or did not a moment ago.
        """
        key = (account, id)
        resting = self._resting.get(key)
        if resting is not None:
            until, refusal = resting
            if time.monotonic() < until:
                raise refusal
            del self._resting[key]
        way = self._open.get(key)
        if way is None or time.monotonic() - way.checked > BELIEVED_SECONDS:
            async with self._db.read() as tx:
                transport = await transports.by_id(tx, account, id)
            if transport is None:
                await self._close(key)
                return None
            way = await self._way(transport)
        if way is None:
            return None
        try:
            await way.link.ready()
        except Unready as refusal:
            self._resting[key] = (time.monotonic() + REST_SECONDS, refusal)
            raise
        return way.link

    async def keep_open(self) -> None:
        """Open the binds that receipts and replies come by, and close those of what is gone."""
        async with self._db.read() as tx:
            there = {
                (each.account, each.id): each for each in await transports.all_of_kind(tx, "SMPP")
            }
        for key, way in list(self._open.items()):
            if way.kind == "SMPP" and key not in there:
                await self._close(key)
        for key, transport in there.items():
            if key not in self._resting or time.monotonic() >= self._resting[key][0]:
                self._resting.pop(key, None)
                try:
                    way = await self._way(transport)
                    if way is not None:
                        await way.link.ready()
                except Unready as refusal:
                    self._resting[key] = (time.monotonic() + REST_SECONDS, refusal)
                    log.warning("a provider does not answer", transport=key[1], why=refusal.detail)

    async def renew(self) -> None:
        """Give a sign of life for the binds that we hold; close those that others took."""
        async with self._db.transaction() as tx:
            held = await transports.renew(tx, self._holder, LEASE_SECONDS)
        ours = self._leased = {(each.account, each.transport) for each in held}
        for key, way in list(self._open.items()):
            if way.kind == "SMPP" and key not in ours:
                await self._close(key)

    async def close(self) -> None:
        """Close every way, open no other, and let others have the binds."""
        self._closed = True
        for key in list(self._open):
            await self._close(key)
        try:
            async with self._db.transaction() as tx:
                await transports.give_back(tx, self._holder)
        except Exception as error:  # noqa: BLE001 - then they expire
            log.warning("binds were not given back", error=str(error))

    async def _way(self, transport: Transport) -> _Way | None:
        key = (transport.account, transport.id)
        way = self._open.get(key)
        if way is not None and way.updated_at == transport.updated_at:
            way.checked = time.monotonic()
            return way
        await self._close(key)
        if self._closed:
            return None
        if isinstance(transport.settings, SmppSettings) and key not in self._leased:
            slots = transport.settings.binds
            async with self._db.transaction() as tx:
                slot = await transports.take(tx, *key, slots, self._holder, LEASE_SECONDS)
            if slot is None:
                return None
            self._leased.add(key)

        async def received(reports: Sequence[Report], inbound: Sequence[Inbound]) -> None:
            async with self._db.transaction() as tx:
                await feedback.take_reports(tx, *key, reports)
                await feedback.take_inbound(tx, *key, transport.channel, inbound)

        link = transports.open_link(transport, received)
        way = _Way(link, transport.kind, transport.updated_at, time.monotonic())
        self._open[key] = way
        return way

    async def _close(self, key: tuple[int, int]) -> None:
        way = self._open.pop(key, None)
        if way is not None:
            await way.link.close()
