from __future__ import annotations

import pytest

from preprocess.geometry import Box
from preprocess.profile import Profile
from preprocess.subject import select_subject
from tests.fakes import face_at

PROFILE = Profile.builtin()


def test_nobody_is_no_subject() -> None:
    assert select_subject([], PROFILE) is None


@pytest.mark.parametrize(("next_width", "clear"), [(100, True), (101, False), (150, False)])
def test_the_subject_must_be_one_and_a_half_times_as_wide_as_the_next(
    next_width: int, clear: bool
) -> None:
    faces = [face_at(Box(300, 0, next_width, 90)), face_at(Box(0, 0, 150, 150))]
    subject = select_subject(faces, PROFILE)
    assert subject is not None
    assert subject.face.box.width == 150 or next_width == 150
    assert subject.is_clear is clear
    assert subject.dominance == pytest.approx(150 / next_width)


def test_one_alone_is_clear() -> None:
    subject = select_subject([face_at(Box(0, 0, 10, 10))], PROFILE)
    assert subject is not None
    assert subject.is_clear
    assert subject.others == ()
