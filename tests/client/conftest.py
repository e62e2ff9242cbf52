"""Fixtures of the client's tests: media that decode, an emulator, a client that sends to it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import numpy as np
import pytest
from PIL import Image

from client import Client, Pacer
from client.emulator import Emulator


@dataclass(frozen=True)
class Capture:
    """The least that the client needs of a payload."""

    data: bytes = field(repr=False)
    face_input_type: int = 1


class Unhurried(Pacer):
    """A pacer that remembers the pauses it was asked for and makes nobody wait."""

    def __init__(self) -> None:
        super().__init__(10**6, 1e-6, margin_s=0.0)
        self.pauses_s: list[float] = []

    def pause(self, duration_s: float) -> None:
        """Write the pause down."""
        self.pauses_s.append(duration_s)


def unhurried() -> Unhurried:
    """A pacer that never makes a test wait."""
    return Unhurried()


@pytest.fixture(scope="session")
def photo() -> Capture:
    """A JPEG of noise."""
    picture = np.random.default_rng(1).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG")
    return Capture(buffer.getvalue(), 1)


def make_clip(seconds: float, rate: int = 25) -> bytes:
    """An H.264 mp4 of a moving edge."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 48, 64, "yuv420p"
        for number in range(round(seconds * rate)):
            picture = np.zeros((64, 48, 3), dtype=np.uint8)
            picture[:, : number % 48] = 200
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def clip() -> Capture:
    """A clip of one second."""
    return Capture(make_clip(1.0), 2)


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[Emulator]:
    """An emulator without a rate limit; starting and stopping one takes a tenth of a second."""
    with Emulator(seed=1, rate_limit=None) as running:
        yield running


@pytest.fixture
def emulator(running_emulator: Emulator) -> Emulator:
    """The same with an empty script and an empty log."""
    running_emulator.reset()
    return running_emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    """A client of that emulator that neither waits for its turn nor between repetitions."""
    with Client(
        emulator.credentials,
        endpoint=emulator.url,
        pacer=unhurried(),
        sleep=lambda _: None,
    ) as sender:
        yield sender
