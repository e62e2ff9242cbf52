"""Many threads and tasks share one pace, as the emulator counts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from client import AsyncClient, Client, Pacer
from client.emulator import Emulator

from .conftest import Capture

SCALED_WINDOW_S = 0.4
"""Less than half of the real window, so that a quick look takes seconds; the real pace is tested below."""


@pytest.fixture
def paced() -> Iterator[tuple[Emulator, Pacer]]:
    with Emulator(seed=1, rate_limit=5, rate_window_s=SCALED_WINDOW_S) as emulator:
        yield emulator, Pacer(5, SCALED_WINDOW_S, margin_s=0.2)


def test_20_threads_share_one_pace_and_every_call_is_answered(
    paced: tuple[Emulator, Pacer], photo: Capture
) -> None:
    emulator, pacer = paced
    answers: list[str] = []
    with Client(emulator.credentials, endpoint=emulator.url, pacer=pacer) as client:
        threads = [
            threading.Thread(target=lambda: answers.append(client.detect(photo).request_id or ""))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(answers)) == 20
    assert emulator.requests.most_within(SCALED_WINDOW_S) <= 5
    assert len(emulator.requests) == 20


def test_60_tasks_share_one_pace_and_every_call_is_answered(
    paced: tuple[Emulator, Pacer], photo: Capture
) -> None:
    emulator, pacer = paced

    async def run() -> list[str]:
        async with AsyncClient(emulator.credentials, endpoint=emulator.url, pacer=pacer) as client:
            verdicts = await asyncio.gather(*(client.detect(photo) for _ in range(60)))
        return [verdict.request_id or "" for verdict in verdicts]

    assert len(set(asyncio.run(run()))) == 60
    assert emulator.requests.most_within(SCALED_WINDOW_S) <= 5
    assert len(emulator.requests) == 60


@pytest.mark.slow
def test_the_real_pace_holds_for_50_threads_and_200_tasks_together(photo: Capture) -> None:
    with Emulator(seed=1) as emulator:
        pacer = Pacer()
        answers: list[str] = []

        async def tasks() -> None:
            async with AsyncClient(
                emulator.credentials, endpoint=emulator.url, pacer=pacer, deadline_s=120
            ) as client:
                verdicts = await asyncio.gather(*(client.detect(photo) for _ in range(200)))
                answers.extend(verdict.request_id or "" for verdict in verdicts)

        with Client(
            emulator.credentials, endpoint=emulator.url, pacer=pacer, deadline_s=120
        ) as client:
            threads = [
                threading.Thread(
                    target=lambda: answers.append(client.detect(photo).request_id or "")
                )
                for _ in range(50)
            ]
            for thread in threads:
                thread.start()
            asyncio.run(tasks())
            for thread in threads:
                thread.join()
        assert len(set(answers)) == len(emulator.requests) == 250
        assert emulator.requests.most_within(1.0) <= 5
