"""Verification: the finished bytes are judged like any source, strictly, before they become a payload."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from .check import check_media
from .detector import Detector
from .errors import CaptureRejected, PreprocessError, VerificationError
from .faces import Sightings
from .geometry import Box
from .look import review
from .media import ClipInfo, Media, StillInfo, base64_chars
from .payload import Payload
from .plans import ClipPlan, Made, Plan
from .probe import probe
from .profile import Profile
from .reader import open_reader
from .report import Finding, Report, Rung, Status
from .source import Source
from .subject import select_subject
from .watch import Watch


def verify(
    made: Made,
    plan: Plan,
    source: Media,
    sightings: Sightings,
    profile: Profile,
    detector: Detector,
    watch: Watch,
) -> Payload:
    """Return the payload, once ``made`` has passed the rules it was made for.

    Args:
        made: What execution made.
        plan: What it was made from.
        source: The source it was made from.
        sightings: What was seen in the source; reused where the source itself is the payload.
        profile: The limits.
        detector: Looks at the result once more.
        watch: Deadline and progress.

    Raises:
        CaptureRejected: The face that was seen in the source is not found again: it is too doubtful to send.
        VerificationError: The result breaks another rule: a fault of ours. Nothing was delivered.
        DeadlineExceededError: The time limit passed.
    """
    watch.tick("verify")
    if made.data == source.data:
        result, seen = source, sightings
    else:
        result, seen = _look_again(made, source, plan, profile, detector, watch)
    keep_audio = isinstance(plan, ClipPlan) and plan.keep_audio
    report = check_media(result, seen, profile, keep_audio=keep_audio)
    problems = _problems(report, result, plan)
    if problems and all(finding.rule.startswith("FACE") for finding in problems):
        raise CaptureRejected(_doubtful(problems), source)
    if problems:
        details = "; ".join(f"{finding.rule} {finding.message}" for finding in problems)
        message = f"the result broke the rules it was made for: {details}"
        raise VerificationError(message)
    face = _subject_box(seen, profile)
    if face is None:
        message = "the result shows no single face"
        raise VerificationError(message)
    return _payload(made, plan, source, result, report.merged(plan.findings), face)


def _look_again(
    made: Made, source: Media, plan: Plan, profile: Profile, detector: Detector, watch: Watch
) -> tuple[Media, Sightings]:
    """Probe and look at the result as at any source."""
    form = plan.container if isinstance(plan, ClipPlan) else plan.form
    try:
        result = probe(Source(source.name, made.data, form), profile, watch)
        with open_reader(result, makes_payload=False) as reader:
            return result, review(reader, detector, profile, watch)
    except PreprocessError as exc:
        if exc.code.startswith("source."):
            message = f"the result could not be read back: {exc.message}"
            raise VerificationError(message) from exc
        raise


def _problems(report: Report, result: Media, plan: Plan) -> list[Finding]:
    """Return what must not go out: any failure, and advice that some rung could have followed."""
    problems = [
        finding
        for finding in report.findings
        if finding.status is Status.FAIL or finding.needs_mending
    ]
    chars = base64_chars(result.size_bytes)
    if chars > plan.max_base64_chars:
        problems.append(
            Finding(
                "SIZE001",
                Status.FAIL,
                f"{chars:,} base64 characters are over the ceiling of {plan.max_base64_chars:,}",
                measured=chars,
                limit=plan.max_base64_chars,
                unit="characters",
            )
        )
    return problems


def _doubtful(problems: list[Finding]) -> Report:
    """Return the report on a face that only one of two looks can see: no fault of ours, and no case for the service."""
    return Report(
        tuple(
            replace(
                finding,
                status=Status.FAIL,
                message=f"the face is doubtful, framed for the service: {finding.message}",
                advice="Take the capture again with the face larger, sharper and better lit.",
                remedy=None,
            )
            for finding in problems
        )
    )


def _subject_box(seen: Sightings, profile: Profile) -> Box | None:
    """Return the subject's box in the payload: for a clip, the median of its looked-at frames by width."""
    boxes = sorted(
        (
            subject.face.box
            for frame in seen.frames
            if (subject := select_subject(frame.faces, profile))
        ),
        key=lambda box: box.width,
    )
    return boxes[len(boxes) // 2] if boxes else None


def _payload(
    made: Made, plan: Plan, source: Media, result: Media, report: Report, face: Box
) -> Payload:
    info = result.info
    payload = Payload(
        data=made.data,
        sha256=hashlib.sha256(made.data).hexdigest(),
        kind=result.kind,
        form=info.form if isinstance(info, StillInfo) else info.container,
        width_px=info.size_upright.width,
        height_px=info.size_upright.height,
        face=face,
        crop=plan.crop if plan.rung >= Rung.CROP else None,
        rung=plan.rung,
        report=report,
        ledger=made.ledger,
        why_not_higher=plan.why_not_higher,
        source=source,
        plan=plan,
    )
    if not isinstance(info, ClipInfo) or not isinstance(plan, ClipPlan):
        return payload
    rate = info.rate_fps_packets
    return replace(
        payload,
        codec=info.codec,
        duration_s=float(info.duration_s_packets),
        rate_fps=None if rate is None else float(rate),
        frames=info.frame_count_packets,
        window=plan.window,
    )
