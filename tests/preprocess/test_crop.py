from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from preprocess.crop import CropChoice, CropRefusal, plan_crop
from preprocess.geometry import Box, PixelBox, Size
from preprocess.profile import Profile
from preprocess.report import Rung, Status

PROFILE = Profile.builtin()
TARGET = PROFILE.still.size
SLACK_PX = 1e-6


def chosen(
    face: Box, picture: Size, others: tuple[Box, ...] = (), *, even: bool = False
) -> CropChoice:
    choice = plan_crop(face, others, picture, TARGET, PROFILE, even=even)
    assert isinstance(choice, CropChoice), choice
    return choice


def refused(face: Box, picture: Size, others: tuple[Box, ...] = ()) -> CropRefusal:
    refusal = plan_crop(face, others, picture, TARGET, PROFILE)
    assert isinstance(refusal, CropRefusal), refusal
    assert refusal.finding.status is Status.FAIL
    return refusal


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Size, Box, tuple[Box, ...]]:
    """A picture, a square face that lies inside of it, and up to three smaller ones anywhere."""
    picture = Size(draw(st.integers(1, 5000)), draw(st.integers(1, 5000)))
    side = draw(st.floats(1, max(1, min(picture.width, picture.height))))
    left = draw(st.floats(0, max(0, picture.width - side)))
    top = draw(st.floats(0, max(0, picture.height - side)))
    company = []
    for _ in range(draw(st.integers(0, 3))):
        width = draw(st.floats(1, max(1, side / 1.5)))
        x = draw(st.floats(-width / 2, picture.width))
        y = draw(st.floats(-width / 2, picture.height))
        company.append(Box(x, y, width, width))
    return picture, Box(left, top, side, side), tuple(company)


@given(scenes(), st.booleans())
def test_every_window_is_of_the_shape_inside_holds_the_face_and_nobody_else(
    scene: tuple[Size, Box, tuple[Box, ...]], even: bool
) -> None:
    picture, face, others = scene
    choice = plan_crop(face, others, picture, TARGET, PROFILE, even=even)
    assume(isinstance(choice, CropChoice))
    assert isinstance(choice, CropChoice)
    window = choice.window
    assert window.width * TARGET.height == window.height * TARGET.width
    assert window.left >= 0
    assert window.top >= 0
    assert window.right <= picture.width
    assert window.bottom <= picture.height
    assert window.as_box().contains(face, slack_px=SLACK_PX)
    assert all(window.as_box().intersection(other).area <= SLACK_PX for other in others)
    assert choice.scale == TARGET.width / window.width
    assert choice.scale <= PROFILE.change.scale_max + SLACK_PX
    least = min(face.width, PROFILE.face.min_px)
    assert face.width * min(1, choice.scale) >= least * (1 - SLACK_PX)
    assert (choice.rung is Rung.CROP) == (window.size == TARGET)
    assert (choice.why_not_cropped is None) == (choice.rung is Rung.CROP)
    if even:
        assert not any(edge % 2 for edge in (window.left, window.top, window.width, window.height))


@given(scenes())
def test_every_refusal_names_its_constraint_and_a_failing_rule(
    scene: tuple[Size, Box, tuple[Box, ...]],
) -> None:
    picture, face, others = scene
    refusal = plan_crop(face, others, picture, TARGET, PROFILE)
    assume(isinstance(refusal, CropRefusal))
    assert isinstance(refusal, CropRefusal)
    rules = {
        "face-size": "FACE003",
        "face-whole": "FACE004",
        "company": "FACE002",
        "enlarging": "QUAL005",
    }
    assert refusal.finding.rule == rules[refusal.constraint]
    assert refusal.finding.status is Status.FAIL
    assert refusal.excess >= 0


@given(st.integers(100, 300), st.integers(600, 4000), st.integers(800, 4000), st.data())
def test_a_window_of_the_targets_size_is_taken_whenever_it_can_hold_the_head(
    side: int, width: int, height: int, data: st.DataObject
) -> None:
    picture = Size(width, height)
    face = Box(
        data.draw(st.integers(0, width - side)),
        data.draw(st.integers(0, height - side)),
        side,
        side,
    )
    assert chosen(face, picture).rung is Rung.CROP


def test_the_head_has_room_where_the_picture_has_it() -> None:
    face = Box(1000, 900, 200, 200)
    window = chosen(face, Size(3000, 4000)).window
    assert window.top <= face.top - 0.5 * face.height
    assert window.bottom >= face.bottom + 0.1 * face.height


def test_a_face_too_large_for_the_target_is_scaled_to_the_aimed_share() -> None:
    face = Box(1100, 1500, 900, 900)
    choice = chosen(face, Size(3024, 4032))
    assert choice.rung is Rung.RESAMPLE
    share = face.width / choice.window.width
    assert PROFILE.face.aim_width_share_min <= share <= PROFILE.face.aim_width_share_max
    assert choice.why_not_cropped is not None
    assert "head" in choice.why_not_cropped


def test_a_picture_smaller_than_the_target_is_enlarged_as_little_as_possible() -> None:
    choice = chosen(Box(120, 150, 110, 110), Size(360, 480))
    assert choice.window == PixelBox(0, 0, 360, 480)
    assert [finding.rule for finding in choice.findings] == ["FACE003", "QUAL005"]
    assert choice.findings[1].measured == pytest.approx(480 / 360, abs=1e-3)


def test_enlarging_beyond_the_limit_is_refused_with_both_numbers() -> None:
    refusal = refused(Box(10, 40, 120, 120), Size(150, 200))
    assert refusal.constraint == "enlarging"
    assert refusal.finding.measured == pytest.approx(3.2, abs=0.01)
    assert refusal.finding.limit == PROFILE.change.scale_max


@pytest.mark.parametrize(
    ("width", "verdict"), [(84.9, None), (85.0, "warn"), (114.9, "warn"), (115.0, "pass")]
)
def test_the_band_around_the_least_face_warns(width: float, verdict: str | None) -> None:
    choice = plan_crop(Box(400, 400, width, width), (), Size(1200, 1600), TARGET, PROFILE)
    if verdict is None:
        assert isinstance(choice, CropRefusal)
        assert choice.constraint == "face-size"
    else:
        assert isinstance(choice, CropChoice)
        assert bool(choice.findings) == (verdict == "warn")


def test_another_face_is_kept_out_although_the_middle_would_hold_it() -> None:
    face, other = Box(700, 500, 200, 200), Box(480, 520, 100, 100)
    window = chosen(face, Size(1600, 1200), (other,)).window
    assert window.left >= other.right


def test_company_that_is_too_near_is_refused() -> None:
    refusal = refused(Box(400, 400, 300, 300), Size(1200, 1600), (Box(650, 450, 120, 120),))
    assert refusal.constraint == "company"
    assert refusal.finding.predicts == "FailedOperation.MultipleFaces"


def test_a_face_wider_than_any_window_is_refused_with_the_missing_pixels() -> None:
    refusal = refused(Box(100, 10, 500, 480), Size(1200, 500))
    assert refusal.constraint == "face-whole"
    assert refusal.excess == 500 - 375


def test_a_mirrored_scene_gives_a_window_that_fits_as_well() -> None:
    picture, face = Size(2000, 1500), Box(300, 400, 250, 250)
    mirrored = Box(picture.width - face.right, face.top, face.width, face.height)
    one, two = chosen(face, picture), chosen(mirrored, picture)
    assert one.rung is two.rung
    assert one.window.size == two.window.size
    assert one.window.top == two.window.top


def test_a_union_of_boxes_is_measured_by_the_face_it_was_told() -> None:
    union = Box(500, 500, 300, 300)
    refusal = plan_crop(union, (), Size(1200, 1600), TARGET, PROFILE, face_px=60)
    assert isinstance(refusal, CropRefusal)
    assert refusal.finding.measured == 60
