from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from preprocess.geometry import Box, Orientation, PixelBox, Size

PILLOW = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What ImageOps.exif_transpose does for each number."""

orientations = st.sampled_from(Orientation)


def upright(stored: np.ndarray, orientation: Orientation) -> np.ndarray:
    mirrored = stored[:, ::-1] if orientation.is_mirrored else stored
    return np.rot90(mirrored, -orientation.turn_deg // 90)


@pytest.mark.parametrize("orientation", Orientation)
def test_orientation_turns_as_pillow_does(orientation: Orientation) -> None:
    stored = np.arange(12, dtype=np.uint8).reshape(3, 4)
    how = PILLOW[orientation]
    expected = stored if how is None else np.asarray(Image.fromarray(stored).transpose(how))
    assert (upright(stored, orientation) == expected).all()
    assert Size(4, 3).turned(orientation) == Size(expected.shape[1], expected.shape[0])


@given(orientations, st.integers(0, 3), st.integers(0, 2), st.integers(1, 3), st.integers(1, 3))
def test_a_box_of_the_upright_picture_holds_the_same_pixels_where_it_is_stored(
    orientation: Orientation, left: int, top: int, width: int, height: int
) -> None:
    stored = np.arange(42).reshape(6, 7)
    whole = upright(stored, orientation)
    box = PixelBox(left, top, width, height)
    found = orientation.stored_box(box, Size(whole.shape[1], whole.shape[0]))
    cut = upright(stored[found.top : found.bottom, found.left : found.right], orientation)
    assert (cut == whole[box.top : box.bottom, box.left : box.right]).all()


@given(orientations, orientations)
def test_two_orientations_in_a_row_are_one(first: Orientation, second: Orientation) -> None:
    stored = np.arange(6).reshape(2, 3)
    assert (upright(upright(stored, first), second) == upright(stored, first.then(second))).all()


@given(orientations)
def test_the_inverse_undoes_an_orientation(orientation: Orientation) -> None:
    assert orientation.then(orientation.inverse) is Orientation.UPRIGHT


def test_a_turn_that_is_no_quarter_is_refused() -> None:
    with pytest.raises(ValueError, match="45"):
        Orientation.from_turn(45)


sides = st.floats(-100, 100)
lengths = st.floats(0.5, 100)
boxes = st.builds(Box, sides, sides, lengths, lengths)


@given(boxes, boxes)
def test_overlap_is_symmetric_and_never_above_one(one: Box, two: Box) -> None:
    assert one.iou(two) == pytest.approx(two.iou(one))
    assert 0 <= one.iou(two) <= 1 + 1e-9
    assert one.iou(one) == pytest.approx(1)


@given(boxes, boxes)
def test_a_union_contains_both_and_an_intersection_lies_in_both(one: Box, two: Box) -> None:
    assert one.union(two).contains(one, slack_px=1e-6)
    assert one.union(two).contains(two, slack_px=1e-6)
    common = one.intersection(two)
    if common.area:
        assert one.contains(common, slack_px=1e-6)


@given(boxes)
def test_enclosing_pixels_cover_the_box_within_the_picture(box: Box) -> None:
    size = Size(60, 40)
    found = box.enclosing_pixels(size)
    assert found.left >= 0
    assert found.top >= 0
    assert found.right <= max(60, found.left)
    inside = box.intersection(Box(0, 0, 60, 40))
    if inside.area:
        assert found.as_box().contains(inside, slack_px=1e-6)
