from __future__ import annotations

import numpy as np
import pytest

from preprocess.geometry import Box, Size
from preprocess.sight import LOOK_PX, merged, sight, tiles
from tests.fakes import FakeDetector, face_at

PICTURE = np.zeros((1200, 900, 3), np.uint8)


def test_a_large_face_of_a_frame_needs_the_short_range_model_alone() -> None:
    detector = FakeDetector(short=[Box(0.2, 0.2, 0.5, 0.4)])
    faces = sight(PICTURE, detector, thorough=False)
    assert detector.looks == ["short", "landmarks"]
    assert faces[0].box.width == pytest.approx(450, abs=2)


def test_a_small_face_is_measured_by_the_full_range_model() -> None:
    detector = FakeDetector(short=[Box(0.4, 0.4, 0.15, 0.1)], full=[Box(0.41, 0.41, 0.12, 0.08)])
    (face,) = sight(PICTURE, detector, thorough=False)
    assert face.box.width == pytest.approx(0.12 * 900, abs=2)


def test_a_detection_that_the_landmark_model_does_not_believe_is_no_face() -> None:
    detector = FakeDetector(short=[Box(0.2, 0.2, 0.5, 0.4)], presence=lambda _box, _roll: -5.0)
    assert sight(PICTURE, detector) == ()


@pytest.mark.parametrize(
    ("clear_at_deg", "turn_deg"), [(0, 0), (90, 270), (180, 180), (270, 90), (-90, 90)]
)
def test_the_turn_is_the_one_in_which_the_landmark_model_is_surest(
    clear_at_deg: int, turn_deg: int
) -> None:
    def presence(_box: Box, roll_deg: float) -> float:
        return 20.0 if (roll_deg - clear_at_deg) % 360 == 0 else -3.0

    detector = FakeDetector(short=[Box(0.2, 0.2, 0.5, 0.4)], presence=presence)
    (face,) = sight(PICTURE, detector)
    assert face.turn_deg == turn_deg


def test_an_unsure_other_turn_does_not_turn_a_face_over() -> None:
    def presence(_box: Box, roll_deg: float) -> float:
        return 5.0 if roll_deg == 0 else 7.0

    detector = FakeDetector(short=[Box(0.2, 0.2, 0.5, 0.4)], presence=presence)
    (face,) = sight(PICTURE, detector)
    assert face.turn_deg == 0


def test_nothing_found_leads_to_turned_and_then_zoomed_looks() -> None:
    detector = FakeDetector()
    assert sight(PICTURE, detector) == ()
    zoomed = len(list(tiles(Size(900, 1200))))
    assert detector.looks.count("short") == 4
    assert detector.looks.count("full") == 4 + zoomed


def test_a_face_seen_only_in_the_turned_picture_comes_back_where_it_is() -> None:
    class SidewaysOnly(FakeDetector):
        def detect(self, picture: np.ndarray, *, full_range: bool):  # type: ignore[no-untyped-def]
            height, width = picture.shape[:2]
            if width < height or full_range:  # upright shape of the stored picture: blind
                return ()
            return (face_at(Box(0.1 * width, 0.2 * height, 0.2 * width, 0.3 * height)),)

    (face,) = sight(PICTURE, SidewaysOnly())
    # Turned clockwise by 90 degrees, a point (x, y) of the picture lies at (height - y, x).
    assert face.box.left == pytest.approx(0.2 * 900, abs=2)
    assert face.box.top == pytest.approx(1200 - 0.3 * 1200, abs=2)
    assert face.box.width == pytest.approx(0.3 * 900, abs=2)


def test_company_of_a_small_face_is_looked_for_in_tiles() -> None:
    detector = FakeDetector(full=[Box(0.1, 0.1, 0.1, 0.1)])
    faces = sight(PICTURE, detector)
    assert len(faces) > 1
    assert any("zoom" in face.model for face in faces)


def test_the_surer_of_two_detections_of_one_face_stays() -> None:
    unsure, sure = face_at(Box(0, 0, 100, 100), score=0.6), face_at(Box(5, 5, 100, 100), score=0.9)
    apart = face_at(Box(300, 0, 50, 50), score=0.5)
    assert merged([unsure, sure, apart]) == [sure, apart]


@pytest.mark.parametrize("size", [Size(4000, 3000), Size(640, 480), Size(70, 5000), Size(1, 1)])
def test_tiles_cover_the_picture(size: Size) -> None:
    seen = np.zeros((size.height, size.width), bool)
    for tile in tiles(size):
        assert tile.right <= size.width
        assert tile.bottom <= size.height
        seen[tile.top : tile.bottom, tile.left : tile.right] = True
    assert seen.all()


def test_the_first_look_is_at_a_reduced_picture() -> None:
    shapes: list[tuple[int, ...]] = []

    class Recording(FakeDetector):
        def detect(self, picture: np.ndarray, *, full_range: bool):  # type: ignore[no-untyped-def]
            shapes.append(picture.shape)
            return super().detect(picture, full_range=full_range)

    sight(PICTURE, Recording(short=[Box(0.2, 0.2, 0.5, 0.4)]))
    assert max(shapes[0]) == LOOK_PX
