"""Prepares each file of a folder of real media once: outcome, cost, and how near the result comes to its pixels.

Two comparisons for a clip that was coded anew: its decoded payload with the frames that entered the encoder, and these
frames with what the ffmpeg program decodes, crops and scales by default, where nothing but that was to be done.
"""

import io
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from .fidelity import Samples, psnr_db, ssim, still_reference

if TYPE_CHECKING:
    from preprocess.payload import Payload
    from preprocess.plans import ClipPlan

_SAMPLES_PER_PIXEL = 1.5
"""Of a 4:2:0 picture, all planes together."""


def prepare_all(folder: Path, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Prepare each file below ``folder`` and return one row for each; a row names the file, never its path."""
    return [_row(path, tell) for path in sorted(p for p in folder.rglob("*") if p.is_file())]


def _row(path: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    from preprocess import CaptureRejected, PreprocessError, prepare

    tell(path.name)
    row: dict[str, Any] = {"file": path.name}
    begun = time.process_time()
    try:
        payload = prepare(path)
        row |= {"outcome": "ready", "rung": payload.rung.label}
    except CaptureRejected:
        payload, row["outcome"] = None, "rejected"
    except PreprocessError as exc:
        payload, row["outcome"] = None, exc.code
    row["cpu_s"] = round(time.process_time() - begun, 3)
    if payload is not None and payload.rung.label in ("crop", "resample"):
        row |= fidelity(payload)
    return row


def summary(rows: list[dict[str, Any]]) -> str:
    """Return outcomes counted, and the least fidelity over the stills and the clips that were coded anew."""
    outcomes = Counter(row["outcome"] for row in rows)
    lines = [
        f"{len(rows)} files: " + ", ".join(f"{n} {what}" for what, n in outcomes.most_common())
    ]
    for name in ("psnr_db", "ssim", "psnr_y_db", "ssim_y", "entering_psnr_db"):
        for kind, is_clip in (("stills", False), ("clips", True)):
            found = [row for row in rows if name in row and ("psnr_y_db" in row) is is_clip]
            if found:
                least = min(found, key=lambda row: float(row[name]))
                lines.append(
                    f"{kind}, {name}: least {least[name]:.4f} ({least['file']}) of {len(found)}"
                )
    return "\n".join(lines)


def fidelity(payload: "Payload") -> dict[str, float]:
    """Return how near a payload on the rungs `crop` and `resample` comes to pixels that were never coded.

    Returns:
        For a still ``psnr_db`` and ``ssim`` against full decode, cut and LANCZOS. For a clip ``psnr_db`` and ``ssim``
        over all three planes, ``psnr_y_db`` and ``ssim_y`` over luma, each the mean over the frames; and
        ``entering_psnr_db``, the least over the frames, where ffmpeg's default route can be compared.
    """
    from preprocess.plans import ClipPlan

    if not isinstance(payload.plan, ClipPlan):
        return _still_fidelity(payload)
    entering = entering_frames(payload)
    with av.open(io.BytesIO(payload.data)) as made:
        decoded = list(made.decode(video=0))
    scores = [_scores(one, other) for one, other in zip(entering, decoded, strict=True)]
    names = ("psnr_db", "ssim", "psnr_y_db", "ssim_y")
    told = dict(
        zip(names, (float(np.mean(column)) for column in zip(*scores, strict=True)), strict=True)
    )
    if can_be_compared(payload) and shutil.which("ffmpeg"):
        told["entering_psnr_db"] = min(
            psnr_db(_samples(one), other)
            for one, other in zip(entering, ffmpeg_frames(payload), strict=True)
        )
    return told


def _still_fidelity(payload: "Payload") -> dict[str, float]:
    if {entry.step for entry in payload.ledger} & {"alpha", "colour"}:
        return {}  # the reference knows neither
    crop = payload.crop
    place = [crop.left, crop.top, crop.width, crop.height] if crop else None
    wanted = still_reference(payload.source.data, place)
    with Image.open(io.BytesIO(payload.data)) as opened:
        made = np.asarray(opened.convert("RGB"))
    lumas = [np.asarray(Image.fromarray(pixels).convert("L")) for pixels in (wanted, made)]
    return {"psnr_db": psnr_db(wanted, made), "ssim": ssim(*lumas)}


def entering_frames(payload: "Payload") -> list[VideoFrame]:
    """Return the frames that entered the encoder for a clip's payload, made again."""
    from preprocess.clip_reader import ClipReader
    from preprocess.coder import Order
    from preprocess.framing import frame
    from preprocess.watch import Watch

    plan = _plan(payload)
    with ClipReader(payload.source) as reader:
        framing = frame(reader.info, plan.orientation, plan.crop, plan.target)
        order = Order(plan.frame_times_s, plan.rate_fps, plan.container, plan.max_base64_chars)
        return reader.payload_frames(framing, order, Watch())


def can_be_compared(payload: "Payload") -> bool:
    """Tell whether a clip's frames were only decoded, turned, cropped and scaled: no colour, rate or field changed.

    Pixels that are not square are only scaled differently; where they are also turned, ffmpeg scales after turning.
    """
    info, plan = payload.source.info, _plan(payload)
    steps = {entry.step for entry in payload.ledger}
    first = info.times_s.index(plan.frame_times_s[0])
    row = info.times_s[first : first + len(plan.frame_times_s)]
    return (
        row == plan.frame_times_s
        and not steps & {"colour", "fields"}
        and not {"turn", "aspect"} <= steps
    )


def ffmpeg_frames(payload: "Payload") -> Iterator[Samples]:
    """Yield the same frames as the ffmpeg program makes them, nothing told but window, crop and size.

    Yields:
        uint8, planes of 8-bit 4:2:0 one after the other.
    """
    from preprocess.framing import frame

    info, plan = payload.source.info, _plan(payload)
    crop, target = plan.crop, plan.target
    if info.pixel_aspect != 1:
        crop = frame(info, plan.orientation, crop, target).crop
    first = info.times_s.index(plan.frame_times_s[0])
    cut = f"crop={crop.width}:{crop.height}:{crop.left}:{crop.top}"
    filters = f"select=gte(n\\,{first}),{cut},scale={target.width}:{target.height}"
    tail = ["-vsync", "0", "-vf", filters, "-frames:v", str(len(plan.frame_times_s))]
    tail += ["-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
    with tempfile.NamedTemporaryFile(suffix=f".{info.container}") as file:
        file.write(payload.source.data)
        file.flush()
        command = ["ffmpeg", "-nostdin", "-v", "error", "-i", file.name, *tail]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    frame_bytes = int(target.width * target.height * _SAMPLES_PER_PIXEL)
    samples = np.frombuffer(done.stdout, np.uint8)
    yield from samples.reshape(-1, frame_bytes)


def _plan(payload: "Payload") -> "ClipPlan":
    from preprocess.plans import ClipPlan

    assert isinstance(payload.plan, ClipPlan)
    return payload.plan


def _samples(frame: VideoFrame) -> Samples:
    return np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8).ravel()


def _scores(one: VideoFrame, other: VideoFrame) -> tuple[float, float, float, float]:
    x, y = _samples(one), _samples(other)
    height, width = one.height, one.width
    planes = [
        (
            p[: height * width].reshape(height, width),
            p[height * width :].reshape(2, height // 2, width // 2),
        )
        for p in (x, y)
    ]
    (luma_x, chroma_x), (luma_y, chroma_y) = planes
    ssim_y = ssim(luma_x, luma_y)
    ssim_c = [ssim(chroma_x[n], chroma_y[n]) for n in range(2)]
    # Weighted by samples, as FFmpeg's filter ssim does.
    return psnr_db(x, y), (4 * ssim_y + sum(ssim_c)) / 6, psnr_db(luma_x, luma_y), ssim_y
