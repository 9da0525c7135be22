"""How fast messages go. Only the least that it takes is looked at: a busy machine takes longer."""

import asyncio

from rubrica.transports.smpp import pace
from rubrica.transports.smpp.pace import Pace


async def rested(keeper: Pace) -> float:
    clock = asyncio.get_running_loop().time
    began = clock()
    await keeper.turn()
    return clock() - began


async def test_a_centre_that_asks_for_less_is_let_alone_for_a_moment():
    keeper = Pace(None)
    keeper.crowded()
    assert await rested(keeper) >= pace.FIRST_REST - 0.01


async def test_the_rest_doubles_until_a_message_is_taken(monkeypatch):
    monkeypatch.setattr(pace, "FIRST_REST", 0.02)
    keeper = Pace(None)
    for _ in range(10):  # the window's answers of one moment
        keeper.crowded()
    assert keeper._rest == 0.04
    await keeper.turn()
    keeper.crowded()
    assert keeper._rest == 0.08
    assert await rested(keeper) >= 0.03
    keeper.taken()
    assert keeper._rest == 0.02


async def test_an_answer_from_before_a_rest_does_not_shorten_the_next():
    keeper = Pace(None)
    keeper.crowded()
    keeper.taken()
    assert keeper._rest == 2 * pace.FIRST_REST
