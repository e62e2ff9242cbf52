from __future__ import annotations

import pytest

from preprocess.errors import CaptureRejected
from preprocess.faces import Sighting, Sightings
from preprocess.geometry import Box, Orientation, PixelBox, Size
from preprocess.media import Media, StillInfo
from preprocess.options import Options
from preprocess.plan_still import plan_still
from preprocess.plans import StillPlan
from preprocess.profile import Profile
from preprocess.report import Finding, Report, Rung, Status
from tests.fakes import face_at

PROFILE = Profile.builtin()
UPRIGHT = Orientation.UPRIGHT


def planned(
    *findings: Finding,
    size: Size = PROFILE.still.size,
    faces: tuple[Box, ...] = (Box(140, 200, 200, 200),),
    options: Options = Options(),  # noqa: B008 - frozen
    orientation: Orientation = UPRIGHT,
    turn: Orientation = UPRIGHT,
    form: str = "jpeg",
    size_bytes: int = 1000,
) -> StillPlan:
    info = StillInfo(form, size, orientation, "RGB", 8, is_strippable=form in ("jpeg", "png"))
    seen = Sighting(tuple(face_at(box) for box in faces))
    sightings = Sightings(info.size_upright.turned(turn), (seen,), applied_turn=turn)
    media = Media("memory", bytes(size_bytes), "0" * 64, info)
    return plan_still(media, sightings, Report(findings), PROFILE, options)


def finding(rule: str, status: Status, remedy: Rung | None) -> Finding:
    return Finding(rule, status, f"{rule} is broken", remedy=remedy)


def test_what_needs_no_mending_stays_as_it_is() -> None:
    plan = planned(finding("QUAL001", Status.WARN, None))
    assert plan.rung is Rung.AS_IS
    assert plan.why_not_higher == ()
    assert plan.crop == PixelBox(0, 0, 480, 640)


def test_private_metadata_is_stripped() -> None:
    plan = planned(finding("IMG007", Status.WARN, Rung.STRIP), form="png")
    assert (plan.rung, plan.form) == (Rung.STRIP, "png")
    assert [(why.rung, why.rule) for why in plan.why_not_higher] == [(Rung.AS_IS, "IMG007")]


def test_what_cannot_be_stripped_is_cropped() -> None:
    assert planned(finding("IMG007", Status.WARN, Rung.STRIP), form="webp").rung is Rung.CROP


def test_every_skipped_rung_has_its_reason() -> None:
    plan = planned(
        finding("IMG007", Status.WARN, Rung.STRIP),
        finding("IMG003", Status.WARN, Rung.CROP),
        size=Size(3000, 4000),
        faces=(Box(1000, 1500, 900, 900),),
    )
    assert plan.rung is Rung.RESAMPLE
    assert [(why.rung, why.rule) for why in plan.why_not_higher] == [
        (Rung.AS_IS, "IMG007"),
        (Rung.STRIP, "IMG003"),
        (Rung.CROP, "IMG003"),
    ]


def test_a_failure_that_nothing_mends_is_a_rejection() -> None:
    with pytest.raises(CaptureRejected) as caught:
        planned(finding("FACE001", Status.FAIL, None))
    assert [f.rule for f in caught.value.report.failures] == ["FACE001"]


def test_company_that_cannot_be_cropped_away_is_a_rejection() -> None:
    with pytest.raises(CaptureRejected) as caught:
        planned(
            finding("FACE002", Status.FAIL, Rung.CROP),
            faces=(Box(140, 200, 200, 200), Box(330, 220, 90, 90)),
        )
    assert [f.rule for f in caught.value.report.failures] == ["FACE002"]


def test_a_callers_ceiling_calls_for_recoding() -> None:
    plan = planned(options=Options(max_base64_chars=1000), size_bytes=1000)
    assert plan.rung is Rung.CROP
    assert plan.max_base64_chars == 1000
    assert plan.why_not_higher[0].rule == "SIZE001"


def test_the_tag_and_the_asked_for_turn_add_up() -> None:
    plan = planned(
        finding("IMG004", Status.WARN, Rung.CROP),
        size=Size(2000, 2000),
        faces=(Box(800, 800, 200, 200),),
        orientation=Orientation.TURN_CW_90,
        turn=Orientation.TURN_180,
    )
    assert plan.orientation is Orientation.TURN_CW_270


def test_a_crop_takes_the_form_that_was_asked_for() -> None:
    broken = finding("IMG003", Status.WARN, Rung.CROP)
    assert planned(broken, options=Options(still_format="jpeg")).form == "jpeg"
    assert planned(broken).form == "png"
