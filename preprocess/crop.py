"""The crop planner: where to cut a picture so that one whole face fills the frame as it should. Pure.

A window has the target's shape exactly, lies inside the picture, holds the whole face (with its head where the
picture has room), and keeps clear of everybody else. Of all such windows the one is taken that changes least: the
target's own size, cut without resampling, before anything that is scaled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, gcd

from .geometry import Box, PixelBox, Size
from .profile import Profile
from .report import Finding, Rung, Status

HEAD_MARGINS = (0.50, 0.15, 0.10)
"""Room above, beside and below a face's box for hair, ears and chin, as shares of its width.

Source: the box runs from the brows to the chin; by anthropometric proportion (Farkas, 1994) the forehead with hair
adds about half of that height above it."""
_MARGIN_STEPS = (1.0, 0.5, 0.0)
"""Shares of the head's margins that are tried in turn; at 0 the face's own box must be whole."""
_COMPANY_MARGIN = 0.10
"""Room kept between the window and other faces, as a share of their width, where there is any."""


@dataclass(frozen=True, slots=True)
class CropChoice:
    """The window that was chosen."""

    window: PixelBox
    """In pixels of the upright source, of the target's shape."""
    scale: float
    """Payload pixels per source pixel."""
    rung: Rung
    """CROP where the window has the target's own size, else RESAMPLE."""
    why_not_cropped: str | None
    """Why no window of the target's size would do; None on rung CROP."""
    findings: tuple[Finding, ...]
    """Warnings: enlarging, a face near the limit."""


@dataclass(frozen=True, slots=True)
class CropRefusal:
    """Why there is no window."""

    constraint: str
    """What is in the way: ``face-size``, ``face-whole``, ``company`` or ``enlarging``."""
    excess: float
    """By how much, in the finding's unit."""
    finding: Finding


def plan_crop(
    face: Box,
    others: Sequence[Box],
    picture: Size,
    target: Size,
    profile: Profile,
    *,
    even: bool = False,
    face_px: float | None = None,
) -> CropChoice | CropRefusal:
    """Return the least changing window around ``face``, or what stands in its way.

    Args:
        face: The subject in pixels of the upright source (for a clip: the union of its boxes); what lies outside
            the picture is not asked for.
        others: Other faces, which must stay outside of the window.
        picture: Size of the upright source.
        target: Size of the payload.
        profile: Limits for the face and for enlarging, and the aim for the face's share of the width.
        even: Whether the window's edges must be even (4:2:0 chroma).
        face_px: Measured width of the face where ``face`` is larger than it (a union); by default its shorter side.
    """
    measured = min(face.width, face.height) if face_px is None else face_px
    if measured < profile.face.refuse_below_px:
        return _too_small(measured, profile)
    grid = _Grid.of(picture, target, even=even)
    inside = face.intersection(Box(0, 0, picture.width, picture.height))
    most = grid.largest_steps(profile.change.scale_max)
    if most is None:
        return _too_enlarged(grid, target, profile)
    most = min(most, grid.steps_at_width(target.width * max(1.0, measured / profile.face.min_px)))
    for company_margin in (_COMPANY_MARGIN, 0.0):
        keep_out = [_grown(box, company_margin) for box in others]
        for share in _MARGIN_STEPS:
            held = _head(face, share).intersection(Box(0, 0, picture.width, picture.height))
            choice = _choose(grid, held, face, keep_out, most, measured, target, profile)
            if choice is not None:
                return choice
        if not others:
            break
    return _no_room(grid, inside, others, most, profile)


_BLOCK_PX = 16
"""Windows start on multiples of this where they may: the blocks of JPEG and H.264 stay whole for whoever looks for
their traces, and a detector that is off by a pixel does not move the window."""
_SIZE_STEPS = 8
"""Sizes that are aimed at are multiples of so many steps, for the second reason."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """The windows of one shape: whole steps of the smallest rectangle that has it."""

    picture: Size
    unit: Size
    """Window of one step."""
    alignment: int
    """Edges are multiples of it."""
    target_steps: int
    """Steps of the target's own size."""

    @classmethod
    def of(cls, picture: Size, target: Size, *, even: bool) -> _Grid:
        common = gcd(target.width, target.height)
        if even:
            common = max(c for c in range(1, common + 1) if common % c == 0 and _is_even(target, c))
        return cls(
            picture, Size(target.width // common, target.height // common), 2 if even else 1, common
        )

    @property
    def most_steps(self) -> int:
        """Steps of the largest window inside the picture; 0 where none fits."""
        return min(self.picture.width // self.unit.width, self.picture.height // self.unit.height)

    def largest_steps(self, scale_max: float) -> int | None:
        """Return the steps of the largest window; None where even that would be enlarged too much."""
        most = self.most_steps
        return most if most and self.target_steps / most <= scale_max else None

    def least_steps(self, scale_max: float) -> int:
        """Return the steps of the smallest window that is not enlarged too much."""
        return max(1, ceil(self.target_steps / scale_max - 1e-9))

    def steps_at_width(self, width: float) -> int:
        """Return the steps of the largest window not wider than ``width``."""
        return max(1, floor(width / self.unit.width + 1e-9))

    def window(
        self, steps: int, held: Box, around: Box, keep_out: Iterable[Box]
    ) -> PixelBox | None:
        """Return the window of so many steps that holds ``held``, clear of ``keep_out``, centred on ``around`` best."""
        width, height = self.unit.width * steps, self.unit.height * steps
        lefts = self._range(held.left, held.right, width, self.picture.width)
        tops = self._range(held.top, held.bottom, height, self.picture.height)
        if lefts is None or tops is None:
            return None
        ideal_left = around.center.x - width / 2
        ideal_top = around.center.y - height / 2
        forbidden = [
            box
            for box in keep_out
            if box.right > lefts[0]
            and box.left < lefts[1] + width
            and box.bottom > tops[0]
            and box.top < tops[1] + height
        ]
        xs = {self._nearest(ideal_left, lefts), *lefts}
        ys = {self._nearest(ideal_top, tops), *tops}
        for box in forbidden:
            xs |= self._beside(box.left - width, box.right, lefts)
            ys |= self._beside(box.top - height, box.bottom, tops)
        places = sorted(
            ((x - ideal_left) ** 2 + (y - ideal_top) ** 2, x, y) for x in xs for y in ys
        )
        for _, left, top in places:
            window = PixelBox(left, top, width, height)
            if not any(_overlap(window, box) for box in forbidden):
                return window
        return None

    def _range(self, low: float, high: float, length: int, whole: int) -> tuple[int, int] | None:
        """Return the first and the last start of a stretch of ``length`` that covers ``low`` to ``high``."""
        step = self.alignment
        first = max(0, ceil((high - length) / step - 1e-9) * step)
        last = min(floor((whole - length) / step) * step, floor(low / step + 1e-9) * step)
        return (first, last) if first <= last else None

    def _nearest(self, ideal: float, bounds: tuple[int, int]) -> int:
        """Return the start within ``bounds`` nearest to ``ideal``, on a coding block's edge where there is one."""
        for step in (_BLOCK_PX, self.alignment):
            start = round(ideal / step) * step
            if bounds[0] <= start <= bounds[1]:
                return start
        return min(bounds[1], max(bounds[0], round(ideal / self.alignment) * self.alignment))

    def _beside(self, below: float, above: float, bounds: tuple[int, int]) -> set[int]:
        """Return the starts just before and just behind an obstacle that lie within ``bounds``."""
        step = self.alignment
        found = {floor(below / step) * step, ceil(above / step) * step}
        return {start for start in found if bounds[0] <= start <= bounds[1]}


def _choose(
    grid: _Grid,
    held: Box,
    face: Box,
    keep_out: Sequence[Box],
    most: int,
    measured: float,
    target: Size,
    profile: Profile,
) -> CropChoice | None:
    """Return the best window that holds ``held``, or None where there is none."""
    least = grid.least_steps(profile.change.scale_max)
    if most < least:
        return None
    if grid.target_steps <= most:
        window = grid.window(grid.target_steps, held, face, keep_out)
        if window is not None:
            findings = _face_warning(measured, profile)
            return CropChoice(window, 1.0, Rung.CROP, None, findings)
    # A window that holds `held` and keeps clear of others shrinks without losing that, so the sizes that do are
    # one stretch: from the smallest that holds `held` to the largest that is clear.
    smallest = max(least, ceil(max(held.width / grid.unit.width, held.height / grid.unit.height)))
    while smallest <= most and grid.window(smallest, held, face, ()) is None:
        smallest += 1  # rounding to whole pixels costs a step or two
    if smallest > most or grid.window(smallest, held, face, keep_out) is None:
        return None
    largest = _last_clear(grid, smallest, most, held, face, keep_out)
    aimed = grid.steps_at_width(face.width / _aim(profile))
    aimed = max(1, round(aimed / _SIZE_STEPS)) * _SIZE_STEPS
    steps = min(largest, max(smallest, aimed))
    if steps < grid.target_steps:
        steps = min(largest, grid.target_steps)  # enlarge no more than the picture calls for
    window = grid.window(steps, held, face, keep_out)
    if window is None:
        return None
    scale = target.width / window.width
    findings = _face_warning(measured * min(1.0, scale), profile)
    if scale > 1:
        findings += (_enlarging(scale, profile),)
    return CropChoice(
        window, scale, Rung.RESAMPLE, _why_not_cropped(grid, held, target, keep_out), findings
    )


def _last_clear(
    grid: _Grid, smallest: int, most: int, held: Box, face: Box, keep_out: Sequence[Box]
) -> int:
    """Return the largest number of steps for which there is a window; there is one at ``smallest``."""
    low, high = smallest, most
    while low < high:
        middle = (low + high + 1) // 2
        if grid.window(middle, held, face, keep_out) is None:
            high = middle - 1
        else:
            low = middle
    return low


def _why_not_cropped(grid: _Grid, held: Box, target: Size, keep_out: Sequence[Box]) -> str:
    size, picture = f"{target.width}x{target.height}", grid.picture
    if target.width > picture.width or target.height > picture.height:
        return f"the picture is smaller than {size}: {picture.width}x{picture.height}"
    if held.width > target.width or held.height > target.height:
        needed = f"{ceil(held.width)}x{ceil(held.height)}"
        return f"the whole head needs {needed} px, more than {size}"
    if keep_out:
        return f"no window of {size} px keeps clear of the other faces"
    return f"no window of {size} px leaves the face at its size"


def _aim(profile: Profile) -> float:
    return (profile.face.aim_width_share_min + profile.face.aim_width_share_max) / 2


def _head(face: Box, share: float) -> Box:
    above, beside, below = (margin * share * face.width for margin in HEAD_MARGINS)
    return face.grown(beside, above, beside, below)


def _grown(box: Box, share: float) -> Box:
    margin = box.width * share
    return box.grown(margin, margin, margin, margin)


def _overlap(window: PixelBox, box: Box) -> bool:
    return (
        window.left < box.right
        and box.left < window.right
        and window.top < box.bottom
        and box.top < window.bottom
    )


def _is_even(target: Size, common: int) -> bool:
    return (target.width // common) % 2 == 0 and (target.height // common) % 2 == 0


def _face_warning(measured: float, profile: Profile) -> tuple[Finding, ...]:
    if measured >= profile.face.certain_above_px:
        return ()
    message = f"the face is {measured:.0f} px wide in the payload, near the limit of {profile.face.min_px:.0f}"
    return (
        Finding(
            "FACE003",
            Status.WARN,
            message,
            measured=round(measured, 1),
            limit=profile.face.min_px,
            unit="px",
            advice="Come closer to the camera.",
        ),
    )


def _enlarging(scale: float, profile: Profile) -> Finding:
    return Finding(
        "QUAL005",
        Status.WARN,
        f"the picture had to be enlarged {scale:.2f} times: it has fewer pixels than the frame",
        measured=round(scale, 3),
        limit=profile.change.scale_max,
        unit="times",
        advice="Use a higher camera resolution, or come closer.",
    )


def _too_small(measured: float, profile: Profile) -> CropRefusal:
    limit = profile.face.refuse_below_px
    finding = Finding(
        "FACE003",
        Status.FAIL,
        f"the face is {measured:.0f} px wide, {limit - measured:.0f} px too small",
        measured=round(measured, 1),
        limit=profile.face.min_px,
        unit="px",
        advice="Come closer to the camera.",
        predicts="FailedOperation.FaceSizeTooSmall",
    )
    return CropRefusal("face-size", limit - measured, finding)


def _too_enlarged(grid: _Grid, target: Size, profile: Profile) -> CropRefusal:
    width = max(1, grid.most_steps) * grid.unit.width
    scale, limit = target.width / width, profile.change.scale_max
    finding = Finding(
        "QUAL005",
        Status.FAIL,
        f"the picture would have to be enlarged {scale:.2f} times; at most {limit:g} times is allowed",
        measured=round(scale, 3),
        limit=limit,
        unit="times",
        advice="Use a higher camera resolution.",
    )
    return CropRefusal("enlarging", scale - limit, finding)


def _no_room(
    grid: _Grid, face: Box, others: Sequence[Box], most: int, profile: Profile
) -> CropRefusal:
    """Return why no window holds the face: it is too large for the picture, or others are too near."""
    least = grid.least_steps(profile.change.scale_max)
    if others and grid.window(max(least, most), face, face, ()) is not None:
        overlap = max((face.intersection(box).width for box in others), default=0.0)
        finding = Finding(
            "FACE002",
            Status.FAIL,
            f"{len(others) + 1} faces, and no crop around the largest leaves the others out",
            measured=len(others) + 1,
            limit=1,
            unit="faces",
            advice="Make sure that only one person is in the picture.",
            predicts="FailedOperation.MultipleFaces",
        )
        return CropRefusal("company", overlap, finding)
    width, height = most * grid.unit.width, most * grid.unit.height
    excess = max(face.width - width, face.height - height, 0.0)
    finding = Finding(
        "FACE004",
        Status.FAIL,
        f"the face needs {ceil(face.width)}x{ceil(face.height)} px, "
        f"the largest crop of the right shape is {width}x{height}: {ceil(excess)} px too few",
        measured=ceil(max(face.width, face.height)),
        limit=min(width, height),
        unit="px",
        advice="Hold the camera further away, so that the whole head is in the picture.",
        predicts="FailedOperation.IncompleteFace",
    )
    return CropRefusal("face-whole", excess, finding)
