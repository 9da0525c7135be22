"""All together, against a centre in another process that misbehaves."""

import asyncio
import json
import sys
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from rubrica.errors import Unready
from rubrica.transports.smpp import link as links
from tests.transports.smpp.conftest import message


@asynccontextmanager
async def peer_process(*arguments: str):
    """Run the recording peer; yield its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.transports.smpp.peer", *arguments,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        line = await process.stdout.readline()
        yield int(line.removeprefix(b"listening on "))
    finally:
        process.terminate()
        await process.wait()


async def sent_to_the_end(link, messages):
    """Send, and again what is to come later, until all has an answer that is the last."""
    answers, left = {}, {each.key: each for each in messages}
    while left:
        try:
            await link.ready()
        except Unready:
            await asyncio.sleep(0.05)
            continue
        async for answer in link.send(list(left.values())[:200]):
            if answer.outcome != "LATER":
                assert answer.key not in answers
                answers[answer.key] = answer
                del left[answer.key]
    return answers


@pytest.mark.parametrize("seed", [1, 2])
async def test_nobody_gets_a_message_twice_and_nobody_is_forgotten(
    tmp_path, link_to, store, seed, monkeypatch
):
    monkeypatch.setattr(links, "FIRST_PAUSE", 0.01)
    record = tmp_path / "record"
    long = "A rather long text with a name in it, so that it takes more than one part. " * 3
    wanted = [
        message(key, f"No. {key} {long if key % 10 == 0 else ''}", address=f"+393470{key:06}")
        for key in range(2000)
    ]
    async with peer_process("--record", str(record), "--receipts", "--chaos", str(seed)) as port:
        link = link_to(port, window=20, response_timeout_seconds=1)
        answers = await sent_to_the_end(link, wanted)
        lines = [json.loads(line) for line in record.read_text().splitlines()]
        reports = {}
        while len(reports) < len(lines):
            report = await store.stored.get()
            reports[report.provider_id] = report
        await link.close()
    assert {answer.outcome for answer in answers.values()} <= {"ACCEPTED", "UNKNOWN", "REFUSED"}
    got = Counter((line["to"], str(line["part"])) for line in lines)
    assert max(got.values()) == 1
    parts = {}
    for line in lines:
        parts.setdefault("+" + line["to"], []).append(line)
    for each in wanted:
        answer, mine = answers[each.key], parts.get(each.address, [])
        if answer.outcome == "ACCEPTED":
            assert "".join(part["text"] for part in mine) == each.text
            assert answer.provider_ids == tuple(part["id"] for part in mine)
        assert set(answer.provider_ids) <= {part["id"] for part in mine}
    assert {report.address for report in reports.values()} == set(parts)
    assert reports.keys() == {line["id"] for line in lines}
    outcomes = Counter(answer.outcome for answer in answers.values())
    assert outcomes["UNKNOWN"] > 0
    assert outcomes["ACCEPTED"] > 1900
