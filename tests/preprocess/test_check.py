from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from preprocess.check import ADVICE_RULES, check_media
from preprocess.errors import UnreadableError
from preprocess.faces import Sighting, Sightings
from preprocess.geometry import Box, Orientation, Point, Size
from preprocess.media import ClipInfo, Media, StillInfo
from preprocess.profile import Profile
from preprocess.report import Report, Rung, Status
from preprocess.rules import RULES
from tests.fakes import face_at

PROFILE = Profile.builtin()
FRAME = Size(480, 640)
GOOD = face_at(Box(140, 200, 200, 200))
STILL = StillInfo("jpeg", FRAME, Orientation.UPRIGHT, "RGB", 8, extension="jpg")
TIMES = tuple(Fraction(n, 30) for n in range(90))
CLIP = ClipInfo(
    container="mp4", brand="isom", codec="h264", pixel_format="yuv420p", size_coded=FRAME,
    pixel_aspect=Fraction(1), orientation=Orientation.UPRIGHT, has_odd_matrix=False, bit_depth=8,
    is_interlaced=False, color_space="bt709", color_transfer="sdr", is_full_range=False, is_color_tagged=True,
    duration_s_header=Fraction(3), duration_s_packets=Fraction(3), rate_fps_header=Fraction(30),
    rate_fps_packets=Fraction(30), is_constant_rate=True, longest_gap_s=Fraction(1, 30), frame_count_packets=90,
    times_s=TIMES, key_times_s=TIMES[:1], extension="mp4",
)  # fmt: skip


def judged(
    info: StillInfo | ClipInfo, *frames: tuple[object, ...], size_bytes: int = 1000
) -> Report:
    """The report on a capture whose looked-at frames, half a second apart, show these faces."""
    seen = tuple(
        Sighting(faces, time_s=Fraction(n, 2))  # type: ignore[arg-type]
        for n, faces in enumerate(frames)
    )
    media = Media("capture", bytes(size_bytes), "0" * 64, info)
    return check_media(media, Sightings(FRAME, seen), PROFILE)


def remedy(report: Report, rule: str) -> Rung | None:
    finding = report.of(rule)
    assert finding is not None
    assert finding.status in (Status.WARN, Status.FAIL), finding
    return finding.remedy


def test_findings_come_in_the_order_of_the_rules_passes_included() -> None:
    report = judged(STILL, (GOOD,))
    ids = [rule.id for rule in RULES]
    places = [ids.index(finding.rule) for finding in report.findings]
    assert places == sorted(places)
    assert report.of("IMG001") is not None


def test_missing_evidence_is_said_and_never_passed() -> None:
    media = Media("capture", b"", "0" * 64, STILL)
    for damage in (None, UnreadableError("it is damaged")):
        report = check_media(media, None, PROFILE, damage=damage)
        faces = [f for f in report.findings if f.rule.startswith("FACE")]
        assert {f.status for f in faces} == {Status.NOT_ASSESSED}
    assert report.of("IMG002").status is Status.FAIL  # type: ignore[union-attr]


def test_private_metadata_is_stripped_where_it_can_be_cut_out() -> None:
    leaky = replace(STILL, private=("GPS position",))
    assert remedy(judged(replace(leaky, is_strippable=True), (GOOD,)), "IMG007") is Rung.STRIP
    assert remedy(judged(leaky, (GOOD,)), "IMG007") is Rung.CROP


def test_a_foreign_container_is_rewritten_only_around_h264() -> None:
    assert remedy(judged(replace(CLIP, container="mov"), (GOOD,)), "VID001") is Rung.STRIP
    foreign = replace(CLIP, container="webm", codec="vp9")
    assert remedy(judged(foreign, (GOOD,)), "VID001") is Rung.CROP


def test_too_short_and_too_slow_cannot_be_mended() -> None:
    short = replace(CLIP, duration_s_packets=Fraction(1))
    assert remedy(judged(short, (GOOD,)), "VID004") is None
    slow = replace(CLIP, rate_fps_packets=Fraction(12))
    assert remedy(judged(slow, (GOOD,)), "VID008") is None
    assert (
        remedy(judged(replace(CLIP, rate_fps_packets=Fraction(22)), (GOOD,)), "VID008") is Rung.CROP
    )


def test_the_remedies_of_a_late_start_differ_with_its_cause() -> None:
    assert remedy(judged(replace(CLIP, start_s=Fraction(1)), (GOOD,)), "VID012") is Rung.STRIP
    hidden = replace(CLIP, has_edit_list_that_hides=True)
    assert remedy(judged(hidden, (GOOD,)), "VID012") is Rung.TRIM
    cut = replace(CLIP, starts_with_key=False, key_times_s=())
    assert remedy(judged(cut, (GOOD,)), "VID012") is Rung.CROP


def test_a_clear_subject_can_be_cropped_out_and_a_crowd_cannot() -> None:
    small, equal = face_at(Box(10, 10, 90, 90)), face_at(Box(10, 10, 190, 190))
    assert remedy(judged(STILL, (GOOD, small)), "FACE002") is Rung.CROP
    assert remedy(judged(STILL, (GOOD, equal)), "FACE002") is None
    assert remedy(judged(CLIP, (GOOD,), (GOOD, equal)), "FACE002") is Rung.TRIM


def test_a_face_missing_part_of_the_time_is_trimmed_around() -> None:
    assert remedy(judged(CLIP, (GOOD,), ()), "FACE006") is Rung.TRIM
    assert remedy(judged(CLIP, (), ()), "FACE001") is None


def test_a_face_at_the_limit_warns_without_blocking() -> None:
    for width, status in ((84, Status.FAIL), (86, Status.WARN), (114, Status.WARN), (116, Status.PASS)):  # fmt: skip
        finding = judged(STILL, (face_at(Box(100, 100, width, width)),)).of("FACE003")
        assert finding is not None
        assert finding.status is status
        assert finding.remedy is None


def test_an_eye_outside_makes_a_face_incomplete() -> None:
    assert GOOD.landmarks is not None
    away = replace(GOOD.landmarks, eyes_and_mouth=(Point(-30, 200),))
    assert remedy(judged(STILL, (replace(GOOD, landmarks=away),)), "FACE004") is None


def test_a_turn_that_was_asked_for_costs_a_crop() -> None:
    media = Media("capture", b"", "0" * 64, STILL)
    seen = Sightings(FRAME, (Sighting((GOOD,)),), applied_turn=Orientation.TURN_CW_90)
    assert remedy(check_media(media, seen, PROFILE), "FACE005") is Rung.CROP
    assert remedy(judged(STILL, (replace(GOOD, turn_deg=90),)), "FACE005") is None


def test_sound_passes_when_it_was_asked_for() -> None:
    media = Media("capture", b"", "0" * 64, replace(CLIP, has_audio=True))
    seen = Sightings(FRAME, (Sighting((GOOD,)),))
    assert check_media(media, seen, PROFILE).of("VID013").status is Status.WARN  # type: ignore[union-attr]
    kept = check_media(media, seen, PROFILE, keep_audio=True)
    assert kept.of("VID013").status is Status.PASS  # type: ignore[union-attr]


def test_size_is_counted_in_base64_and_limits_include_themselves() -> None:
    limit = PROFILE.still.advised_base64_chars
    assert judged(STILL, (GOOD,), size_bytes=limit * 3 // 4).of("SIZE001").status is Status.PASS  # type: ignore[union-attr]
    assert remedy(judged(STILL, (GOOD,), size_bytes=limit * 3 // 4 + 1), "SIZE001") is Rung.CROP


def test_strict_raises_advice_alone() -> None:
    report = judged(replace(STILL, private=("GPS position",), extension="png"), (GOOD,))
    strict = report.strict(ADVICE_RULES)
    assert [f.rule for f in strict.failures] == ["IMG007"]
    assert "IMG008" in [f.rule for f in strict.warnings]
