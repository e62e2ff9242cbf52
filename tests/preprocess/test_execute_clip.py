"""Finished clips: never above their ceiling, never half written, decoded once."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from preprocess import CancelledError, prepare
from preprocess._av_write import OverBudgetError, Quality, code_clip
from preprocess.ceiling import coded_within
from preprocess.clip_reader import ClipReader
from preprocess.coder import Coder, Order
from preprocess.errors import UsageError
from preprocess.media import base64_chars
from preprocess.options import Container
from preprocess.plans import LedgerEntry

from .clips import code, played, scene

SIZE = (480, 640)
KINDS = ("flat", "natural", "noisy")


def content(kind: str, count: int, seed: int) -> list[VideoFrame]:
    """Return ``count`` frames of ``kind``, the same for the same seed."""
    random = np.random.default_rng(seed)
    if kind == "flat":
        pictures = [np.full((640, 480, 3), random.integers(0, 255, 3), np.uint8)] * count
    elif kind == "natural":
        offset = int(random.integers(0, 50))
        pictures = played(scene(*SIZE), offset + count)[offset:]
    else:
        share = random.uniform(0.2, 1.0)
        base = scene(*SIZE)[0].astype(float) * (1 - share)
        pictures = [
            (base + share * random.integers(0, 255, base.shape)).astype(np.uint8)
            for _ in range(count)
        ]
    return [
        VideoFrame.from_ndarray(np.ascontiguousarray(p), "rgb24").reformat(format="yuv420p")
        for p in pictures
    ]


def coded(
    frames: list[VideoFrame], rate_fps: Fraction, container: Container, ceiling: int
) -> tuple[bytes, LedgerEntry]:
    """Code ``frames`` as `prepare` does, under a ceiling in base64 characters."""
    times = tuple(n / rate_fps for n in range(len(frames)))
    coder = Coder(Order(times, rate_fps, container, ceiling))
    for time, frame in zip(times, frames, strict=True):
        coder.feed(time, frame)
    return coded_within(coder, lambda: frames)


def hold_ceiling(seed: int) -> str:
    """Code one random clip under a random ceiling; it fits, or it is refused."""
    random = np.random.default_rng(seed)
    kind = KINDS[seed % 3]
    frames = content(kind, int(random.integers(50, 75)), seed)
    container = ("mp4", "avi", "flv")[int(random.integers(0, 3))]
    ceiling = int(10 ** random.uniform(4.3, 6.5))
    try:
        made, _how = coded(frames, Fraction(25), container, ceiling)  # type: ignore[arg-type]
    except UsageError as refused:
        assert refused.code == "usage.ceiling"
        return "refused"
    assert base64_chars(len(made)) <= ceiling
    with av.open(io.BytesIO(made)) as finished:
        assert sum(1 for _ in finished.decode(video=0)) == len(frames)
    return "fits"


def test_random_clips_stay_below_their_ceilings() -> None:
    outcomes = [hold_ceiling(seed) for seed in range(9)]
    assert outcomes.count("fits") >= 5


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_random_clips_stay_below_their_ceilings() -> None:
    outcomes = [hold_ceiling(seed) for seed in range(100, 300)]
    assert outcomes.count("fits") >= 100


def test_ceiling_that_binds_is_used_well() -> None:
    frames = content("natural", 60, 1)
    free, _ = coded(frames, Fraction(30), "mp4", 1 << 30)
    ceiling = base64_chars(len(free)) // 2
    made, how = coded(frames, Fraction(30), "mp4", ceiling)
    assert 0.8 * ceiling <= base64_chars(len(made)) <= ceiling
    assert "two passes" in how.after


def test_pass_over_budget_is_given_up() -> None:
    frames = content("noisy", 50, 1)
    with pytest.raises(OverBudgetError):
        code_clip(lambda: frames, Fraction(25), "mp4", Quality(crf=13), max_bytes=5_000)


def test_impossible_ceiling_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        prepare(code(played(scene(), 60)), max_base64_chars=2_000)
    assert caught.value.code == "usage.ceiling"


def test_asked_for_ceiling_holds_for_the_payload() -> None:
    payload = prepare(code(played(scene(), 66)), max_base64_chars=60_000)
    assert payload.base64_chars <= 60_000


def test_cancelling_at_any_stage_comes_through() -> None:
    data = code(played(scene(), 66))
    for stage in ("probe", "look", "execute"):

        def stop(now: str, share: float, stage: str = stage) -> None:
            if now == stage:
                message = "enough"
                raise CancelledError(message)

        with pytest.raises(CancelledError):
            prepare(data, progress=stop)


def test_window_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    stretch = ClipReader._stretch

    def counted(self: ClipReader, *args: object, **kwargs: object) -> object:
        runs.append(str(self.info.size_coded))
        return stretch(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(ClipReader, "_stretch", counted)
    prepare(code(played(scene(), 66)))
    assert len(set(runs)) == len(runs)  # one run for the source, one for the payload


@pytest.mark.slow
def test_face_that_shows_for_five_seconds_of_five_minutes_is_found() -> None:
    small = [p[::2, ::2] for p in scene(960, 1280)]
    nobody = [np.full_like(small[0], 90)]
    pictures = [*played(nobody, 2 * 30 * 60 + 7), *played(small, 152), *played(nobody, 175 * 30)]
    payload = prepare(code(pictures, key_every=250))
    assert payload.window.start_s >= 120
    assert payload.window.end_s <= 126
    assert payload.duration_s > 3
