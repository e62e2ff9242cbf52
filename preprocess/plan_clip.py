"""Plans a clip: the first rung of the ladder that reaches the profile, the window, the rate and the crop. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .crop import CropRefusal
from .crop_clip import covered, rung_of, subject_box, window_crop, window_grid
from .errors import CaptureRejected
from .faces import Sighting, Sightings
from .geometry import Box, Orientation, PixelBox
from .media import ClipInfo, Media, base64_chars
from .options import Options
from .packet_cut import PacketCut, longest_cut, whole_cut
from .plans import Candidate, ClipPlan, WhyNot, Window
from .profile import Profile
from .rate import Grid
from .report import Finding, Report, Rung, Status
from .window import MAX_SHOWN, is_examined, rank, stretches

_NO_WINDOW = "VID017"
_RATE = "VID008"
_ENLARGED = "QUAL005"
_REPEATED = "QUAL006"


def plan_clip(
    media: Media, sightings: Sightings, report: Report, profile: Profile, options: Options
) -> ClipPlan:
    """Return the plan for a clip on the first rung that reaches the profile.

    Args:
        media: Facts about the clip.
        sightings: Faces in sampled frames; only windows that were looked at closely are used.
        report: What the rules found.
        profile: The limits.
        options: Ceiling, container, sound, turning.

    Raises:
        CaptureRejected: No rung reaches the profile; the report says why.
    """
    if report.unmendable:
        raise CaptureRejected(report)
    return _Planner(media, sightings, report, profile, options).plan()


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why a rung is not enough."""

    rule: str
    reason: str


class _Planner:
    def __init__(
        self,
        media: Media,
        sightings: Sightings,
        report: Report,
        profile: Profile,
        options: Options,
    ) -> None:
        assert isinstance(media.info, ClipInfo)  # noqa: S101 - `plan` sends clips only
        self._media, self._info = media, media.info
        self._sightings, self._report = sightings, report
        self._profile, self._options = profile, options
        self._ceiling = options.max_base64_chars or profile.clip.advised_base64_chars
        self._candidates = rank(sightings, media.info, profile)
        self._why: list[WhyNot] = []

    def plan(self) -> ClipPlan:
        """Climb down the ladder until a rung is low enough."""
        for rung in (Rung.AS_IS, Rung.STRIP, Rung.TRIM):
            if not self._report_asks_more_than(rung):
                attempt = self._uncoded(rung)
                if isinstance(attempt, ClipPlan):
                    return attempt
                self._why.append(WhyNot(rung, attempt.rule, attempt.reason))
        return self._coded()

    def _report_asks_more_than(self, rung: Rung) -> bool:
        """Tell whether a finding cannot be mended on ``rung``, and note the first one."""
        for finding in self._report.findings:
            if finding.needs_mending and finding.remedy is not None and finding.remedy > rung:
                self._why.append(WhyNot(rung, finding.rule, finding.message))
                return True
        if self._sightings.applied_turn is not Orientation.UPRIGHT:
            self._why.append(WhyNot(rung, "FACE005", "the picture is to be turned"))
            return True
        return False

    def _uncoded(self, rung: Rung) -> ClipPlan | _Obstacle:
        """Return a plan that touches no packet, or what is in its way."""
        if rung is Rung.AS_IS:
            if self._info.container in ("avi", "flv") and self._info.has_b_frames:
                container = self._info.container.upper()
                return _Obstacle("VID001", f"not every reader copes with B-frames in {container}")
            return self._whole(rung, self._media.size_bytes)
        if self._options.container != "mp4" and self._info.has_b_frames:
            container = self._options.container.upper()
            return _Obstacle(
                "VID001", f"{container} is written without B-frames, which the clip has"
            )
        if rung is Rung.STRIP:
            if whole_cut(self._info) is None:
                return _Obstacle("VID012", "not every packet can be copied")
            return self._whole(rung, sum(p.size_bytes for p in self._info.packets))
        return self._trimmed()

    def _whole(self, rung: Rung, size_bytes: int) -> ClipPlan | _Obstacle:
        window = Window(Fraction(0), self._info.duration_s_packets)
        if base64_chars(size_bytes) > self._ceiling:
            return _Obstacle("SIZE001", f"over the ceiling of {self._ceiling:,} base64 characters")
        if not is_examined(window, self._sightings):
            return _Obstacle("FACE006", "the face was not seen throughout")
        good, faults = stretches(self._sightings, self._info, self._profile)
        if len(good) != 1 or faults:
            first = faults[0] if faults else (Fraction(0), "no face is seen")
            return _Obstacle("FACE006", f"at {float(first[0]):.1f} s {first[1]}")
        grid = Grid(self._rate(), self._info.times_s, 0, 0)
        return self._plan(rung, window, grid, PixelBox.whole(self._info.size_upright))

    def _trimmed(self) -> ClipPlan | _Obstacle:
        """Return the best window that can be copied; a shorter one than could be coded if need be."""
        for candidate in self._usable():
            cut = longest_cut(self._info, candidate.window)
            if cut is None or cut.window.length_s < Fraction(self._profile.clip.min_s):
                continue
            if base64_chars(self._bytes_of(cut)) > self._ceiling:
                continue
            first = self._info.times_s.index(cut.window.start_s)
            times = self._info.times_s[first : first + cut.frames]
            grid = Grid(self._rate(), times, 0, 0)
            return self._plan(Rung.TRIM, cut.window, grid, PixelBox.whole(self._info.size_upright))
        least = self._profile.clip.min_s
        return _Obstacle("VID004", f"no good {least:g} s start on a keyframe and fit the ceiling")

    def _bytes_of(self, cut: PacketCut) -> int:
        return sum(packet.size_bytes for packet in self._info.packets[cut.first : cut.stop])

    def _rate(self) -> Fraction:
        return self._info.rate_fps_packets or Fraction(25)

    def _usable(self) -> list[Candidate]:
        return [
            c for c in self._candidates if c.is_usable and is_examined(c.window, self._sightings)
        ]

    def _coded(self) -> ClipPlan:
        """Return the plan for a clip that is decoded and coded once."""
        refusal: Finding | None = None
        for candidate in self._usable():
            window = candidate.window
            grid = window_grid(self._info, window, self._profile)
            slow = self._too_slow(window, grid) if grid else None
            if grid is None or slow:
                refusal = refusal or slow
                continue
            if grid.duration_s < Fraction(self._profile.clip.min_s):
                continue
            choice = window_crop(self._sightings, window, self._info, self._profile)
            if isinstance(choice, CropRefusal):
                refusal = refusal or choice.finding
                continue
            rung = rung_of(choice.window, self._profile.clip.size)
            if rung is Rung.RESAMPLE:
                reason = (
                    f"a window of {choice.window.width}x{choice.window.height} is scaled to "
                    f"{self._profile.clip.width_px}x{self._profile.clip.height_px}"
                )
                self._why.append(WhyNot(Rung.CROP, "VID006", reason))
            return self._plan(rung, covered(window, grid), grid, choice.window)
        raise CaptureRejected(self._report.merged((refusal or self._no_window(),)))

    def _too_slow(self, window: Window, grid: Grid) -> Finding | None:
        """Return the refusal of a window that would need too many repeated frames."""
        if not grid.times_s:
            return None
        distinct = len(set(grid.times_s)) / grid.duration_s
        least = self._profile.clip.source_fps_min
        if distinct >= Fraction(least) - Fraction(1, 100):
            return None
        return Finding(
            _RATE,
            Status.FAIL,
            f"only {float(distinct):.1f} different frames a second from {float(window.start_s):.1f} s on; "
            f"at least {least:g} are needed",
            measured=round(float(distinct), 2),
            limit=least,
            unit="fps",
            advice="Film at 25 to 30 frames a second, in better light.",
            predicts="FailedOperation.VideoDecodeFailed",
        )

    def _no_window(self) -> Finding:
        least = self._profile.clip.min_s
        whole_s = self._info.duration_s_packets
        if whole_s < Fraction(least):
            return Finding(
                _NO_WINDOW,
                Status.FAIL,
                f"the clip lasts {float(whole_s):.1f} s, too short for {least:g} s of one face",
                measured=round(float(whole_s), 2),
                limit=least,
                unit="s",
                advice="Film for 3 to 5 seconds.",
            )
        stories = [
            f"{float(c.window.start_s):.1f}-{float(c.window.end_s):.1f} s: {c.reasons[0]}"
            for c in self._candidates
            if not c.is_usable
        ]
        told = "; ".join(stories[:MAX_SHOWN]) or "no face was seen"
        longest = max(
            (
                float(s.end_s - s.start_s)
                for s in stretches(self._sightings, self._info, self._profile)[0]
            ),
            default=0.0,
        )
        return Finding(
            _NO_WINDOW,
            Status.FAIL,
            f"no stretch of {least:g} s shows one upright, whole face throughout: {told}",
            measured=round(longest, 2),
            limit=least,
            unit="s",
            advice="Hold the camera so that one face stays whole in the picture for 3 to 5 seconds.",
            predicts="FailedOperation.IncompleteFace",
        )

    def _plan(self, rung: Rung, window: Window, grid: Grid, crop: PixelBox) -> ClipPlan:
        inside = self._inside(window)
        container = self._options.container
        if rung is Rung.AS_IS and self._info.container in ("mp4", "avi", "flv"):
            container = self._info.container  # type: ignore[assignment] # one of the three, just tested
        face = subject_box(inside, self._profile) if inside else Box(0, 0, 0, 0)
        coded = rung >= Rung.CROP
        return ClipPlan(
            rung=rung,
            window=window,
            rate_fps=grid.rate_fps,
            frame_times_s=grid.times_s,
            orientation=self._info.orientation.then(self._sightings.applied_turn),
            crop=crop,
            target=self._profile.clip.size,
            container=container,
            keep_audio=self._options.keep_audio and self._info.has_audio,
            face=face,
            max_base64_chars=self._ceiling,
            candidates=self._shown_candidates(),
            why_not_higher=tuple(self._why),
            findings=(*self._enlarged(crop), *self._repeated(grid)) if coded else (),
        )

    def _inside(self, window: Window) -> list[Sighting]:
        return [
            s
            for s in self._sightings.frames
            if s.faces and window.start_s <= s.time_s < window.end_s
        ]

    def _shown_candidates(self) -> tuple[Candidate, ...]:
        usable = [c for c in self._candidates if c.is_usable][:MAX_SHOWN]
        return (*usable, *[c for c in self._candidates if not c.is_usable][:MAX_SHOWN])

    def _enlarged(self, crop: PixelBox) -> tuple[Finding, ...]:
        scale = self._profile.clip.width_px / crop.width
        if scale <= 1:
            return ()
        finding = Finding(
            _ENLARGED,
            Status.WARN,
            f"the picture is enlarged {scale:.2f} times to reach {self._profile.clip.width_px} px",
            measured=round(scale, 3),
            limit=1.0,
            unit="times",
            advice="Film with a higher resolution, or closer to the face.",
        )
        return (finding,)

    def _repeated(self, grid: Grid) -> tuple[Finding, ...]:
        if not grid.repeated:
            return ()
        finding = Finding(
            _REPEATED,
            Status.WARN,
            f"{grid.repeated} of {len(grid.times_s)} frames are repeated to reach a constant "
            f"{float(grid.rate_fps):g} fps",
            measured=grid.repeated,
            limit=0,
            unit="frames",
            advice="Film at 25 to 30 frames a second, in better light.",
        )
        return (finding,)
