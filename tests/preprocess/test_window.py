"""Which stretch of a clip is chosen, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from preprocess.faces import Sighting, Sightings
from preprocess.geometry import Box, Orientation, Size
from preprocess.media import ClipInfo, CodedFrame
from preprocess.packet_cut import longest_cut, whole_cut
from preprocess.plans import Window
from preprocess.profile import Profile
from preprocess.window import is_examined, rank

from ..fakes import face_at

PROFILE = Profile.builtin()
SIZE = Size(1080, 1920)
FACE = Box(400, 600, 300, 300)


def clip_of(
    seconds: Fraction, *, key_s: Fraction = Fraction(1), rate: Fraction = Fraction(30)
) -> ClipInfo:
    times = tuple(n / rate for n in range(int(seconds * rate)))
    keys = tuple(t for t in times if (t / key_s).denominator == 1)
    return ClipInfo(
        container="mp4", brand="isom", codec="h264", pixel_format="yuv420p", size_coded=SIZE,
        pixel_aspect=Fraction(1), orientation=Orientation.UPRIGHT, has_odd_matrix=False, bit_depth=8,
        is_interlaced=False, color_space="bt709", color_transfer="sdr", is_full_range=False,
        is_color_tagged=True, duration_s_header=seconds, duration_s_packets=seconds,
        rate_fps_header=rate, rate_fps_packets=rate, is_constant_rate=True, longest_gap_s=1 / rate,
        frame_count_packets=len(times), times_s=times, key_times_s=keys,
        packets=tuple(CodedFrame(t, t in keys, 100) for t in times),
    )  # fmt: skip


def seen(times: Sequence[Fraction], box_at: dict[Fraction, Box | None] | None = None) -> Sightings:
    found = box_at or {}
    frames = []
    for time in times:
        box = found.get(time, FACE)
        frames.append(Sighting((face_at(box),) if box else (), time))
    return Sightings(SIZE, tuple(frames))


def every(step: Fraction, end: Fraction) -> list[Fraction]:
    return [n * step for n in range(int(end / step))]


HALF = Fraction(1, 2)


def test_good_clip_gives_its_longest_window_from_a_keyframe() -> None:
    best = rank(seen(every(HALF, Fraction(10))), clip_of(Fraction(10)), PROFILE)[0]
    assert best.is_usable
    assert best.window.length_s == 5
    assert best.window.start_s.denominator == 1


def test_face_that_leaves_ends_the_window_and_says_when() -> None:
    times = every(HALF, Fraction(4))
    gone = {t: None for t in times if t > Fraction(7, 5)}
    candidates = rank(seen(times, gone), clip_of(Fraction(4)), PROFILE)
    assert not any(c.is_usable for c in candidates)
    told = " ".join(reason for c in candidates for reason in c.reasons)
    assert "no face is seen at 1.5 s" in told


def test_window_lies_where_the_face_is() -> None:
    times = every(HALF, Fraction(20))
    gone = {t: None for t in times if not 9 <= t < 13}
    best = rank(seen(times, gone), clip_of(Fraction(20)), PROFILE)[0]
    assert best.window.start_s == 9
    assert best.window.end_s <= 13


def test_longer_stretch_wins_over_a_larger_face() -> None:
    times = every(HALF, Fraction(12))
    boxes: dict[Fraction, Box | None] = {t: None for t in times if Fraction(3) <= t < Fraction(5)}
    boxes |= {t: Box(300, 500, 500, 500) for t in times if t < 3}
    best = rank(seen(times, boxes), clip_of(Fraction(12)), PROFILE)[0]
    assert best.window.start_s >= 5


def test_sparse_sightings_are_a_promise_only() -> None:
    sparse = seen(every(Fraction(2), Fraction(10)))
    best = rank(sparse, clip_of(Fraction(10)), PROFILE)[0]
    assert best.is_usable
    assert not is_examined(best.window, sparse)
    assert is_examined(best.window, seen(every(HALF, Fraction(10))))


def test_window_starts_between_keyframes_only_where_they_are_rare() -> None:
    times = every(HALF, Fraction(10))
    gone = {t: None for t in times if t < 4}
    best = rank(seen(times, gone), clip_of(Fraction(10), key_s=Fraction(10)), PROFILE)[0]
    assert best.window.start_s == 4
    assert "starts between keyframes" in best.reasons


def test_damage_splits_a_stretch() -> None:
    times = every(HALF, Fraction(6))
    sightings = Sightings(SIZE, seen(times).frames, damaged_s=(Fraction(3),))
    best = rank(sightings, clip_of(Fraction(6)), PROFILE)[0]
    assert best.window.length_s <= 3
    assert not best.window.start_s <= 3 < best.window.end_s


def test_wandering_face_ranks_below_a_still_one() -> None:
    times = every(HALF, Fraction(10))
    boxes = {t: Box(100 + 120 * n, 600, 300, 300) for n, t in enumerate(times) if t < 5}
    best = rank(seen(times, dict(boxes)), clip_of(Fraction(10)), PROFILE)[0]
    assert best.window.start_s == 5


def test_cut_starts_on_a_keyframe_and_ends_where_nothing_is_missing() -> None:
    cut = longest_cut(clip_of(Fraction(10)), Window(Fraction(2), Fraction(7)))
    assert cut is not None
    assert (cut.first, cut.stop, cut.frames) == (60, 210, 150)
    assert longest_cut(clip_of(Fraction(10)), Window(Fraction(1, 30), Fraction(5))) is None


def test_cut_ends_before_a_frame_whose_reference_comes_later() -> None:
    info = clip_of(Fraction(3))
    order = [0, 3, 1, 2, 6, 4, 5]
    packets = tuple(CodedFrame(Fraction(n, 30), n == 0, 100) for n in order)
    info = _with(info, packets, 7)
    cut = longest_cut(info, Window(Fraction(0), Fraction(5, 30)))
    assert cut is not None
    assert (cut.stop, cut.frames, cut.window.end_s) == (4, 4, Fraction(4, 30))
    whole = whole_cut(info)
    assert whole is not None
    assert whole.frames == 7


def test_open_group_of_pictures_is_not_cut() -> None:
    order = [0, 1, 2, 5, 3, 4, 6]  # 5 is a keyframe, 3 and 4 are shown before it
    packets = tuple(CodedFrame(Fraction(n, 30), n in (0, 5), 100) for n in order)
    assert (
        longest_cut(_with(clip_of(Fraction(1)), packets, 7), Window(Fraction(5, 30), Fraction(1)))
        is None
    )


def test_hidden_packet_ends_a_cut() -> None:
    packets = (
        CodedFrame(Fraction(0), True, 9),
        CodedFrame(None, False, 9),
        CodedFrame(Fraction(1, 30), False, 9),
    )
    assert whole_cut(_with(clip_of(Fraction(1)), packets, 2)) is None


def _with(info: ClipInfo, packets: tuple[CodedFrame, ...], shown: int) -> ClipInfo:
    from dataclasses import replace

    times = tuple(Fraction(n, 30) for n in range(shown))
    return replace(info, packets=packets, times_s=times, duration_s_packets=Fraction(shown, 30))
