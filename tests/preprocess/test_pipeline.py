from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from preprocess import CaptureRejected, Rung, UsageError, VerificationError, prepare
from preprocess.errors import CancelledError, DeadlineExceededError, UnreadableError
from preprocess.geometry import PixelBox
from preprocess.options import Options
from preprocess.pipeline import prepare_source
from preprocess.plans import Made
from preprocess.profile import Profile
from preprocess.source import Source
from preprocess.watch import Watch

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PROFILE = Profile.builtin()


@pytest.fixture(scope="module")
def photo() -> bytes:
    return (SAMPLES / "selfie.jpg").read_bytes()


def test_a_photo_becomes_a_payload_that_is_what_it_says(photo: bytes) -> None:
    payload = prepare(photo, name="me.jpg")
    with Image.open(io.BytesIO(payload.data)) as image:
        assert (image.width, image.height) == (payload.width_px, payload.height_px) == (480, 640)
        assert image.format == "PNG"
    assert payload.sha256 == hashlib.sha256(payload.data).hexdigest()
    assert payload.face_input_type == 1
    assert payload.base64_chars == 4 * -(-len(payload.data) // 3)
    assert payload.report.passed
    assert payload.source.name == "me.jpg"
    assert [reason.rung for reason in payload.why_not_higher] == list(Rung)[: payload.rung][:2]


def test_a_clip_becomes_a_payload_that_is_what_it_says() -> None:
    payload = prepare(SAMPLES / "selfie.mp4")
    assert payload.face_input_type == 2
    assert (payload.codec, payload.form) == ("h264", "mp4")
    assert payload.rate_fps == pytest.approx(30)
    assert payload.duration_s is not None
    assert payload.frames == round(payload.duration_s * 30)
    assert {entry.step for entry in payload.ledger} >= {"turn", "rate", "crop", "code"}


def test_a_payload_fed_back_comes_out_as_it_is(photo: bytes) -> None:
    for source in (photo, (SAMPLES / "selfie.mp4").read_bytes()):
        first = prepare(source)
        again = prepare(first.data)
        assert again.rung is Rung.AS_IS
        assert again.sha256 == first.sha256
        assert again.why_not_higher == ()


def test_path_bytes_and_open_file_are_all_sources(photo: bytes) -> None:
    path = SAMPLES / "selfie.jpg"
    with path.open("rb") as file:
        results = [prepare(source) for source in (path, str(path), photo, file)]
    assert len({payload.sha256 for payload in results}) == 1


def test_progress_tells_the_stages_in_order(photo: bytes) -> None:
    stages: list[str] = []
    prepare(photo, progress=lambda stage, _share: stages.append(stage))
    assert list(dict.fromkeys(stages)) == ["probe", "look", "execute", "verify"]


def test_progress_may_cancel(photo: bytes) -> None:
    def stop(stage: str, _share: float) -> None:
        if stage == "execute":
            message = "enough"
            raise CancelledError(message)

    with pytest.raises(CancelledError):
        prepare(photo, progress=stop)


def test_the_deadline_holds(photo: bytes) -> None:
    with pytest.raises(DeadlineExceededError):
        prepare(photo, timeout_s=1e-9)


def test_a_rejection_carries_the_report_and_the_facts() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (800, 600), "gray").save(plain, "PNG")
    with pytest.raises(CaptureRejected) as caught:
        prepare(plain.getvalue())
    assert [finding.rule for finding in caught.value.report.unmendable] == ["FACE001"]
    assert caught.value.media is not None
    assert caught.value.media.info.size_upright.width == 800


def test_an_unknown_profile_is_a_usage_error(photo: bytes) -> None:
    with pytest.raises(UsageError):
        prepare(photo, profile="no-such-profile.toml")


def test_what_is_no_picture_is_unreadable_or_unsupported() -> None:
    with pytest.raises(UnreadableError):
        prepare(b"")


@pytest.fixture
def source(photo: bytes) -> Source:
    return Source("me.jpg", photo, "jpg")


def noise_png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (noise_png(470, 640), "IMG003"),
        (b"\x89PNG\r\n\x1a\nbroken", "could not be read back"),
    ],
)
def test_a_result_that_breaks_a_rule_is_never_delivered(
    source: Source, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str
) -> None:
    monkeypatch.setattr("preprocess.pipeline.execute", lambda *_: Made(data))
    with pytest.raises(VerificationError, match=said):
        prepare_source(source, PROFILE, Options(), Watch())


def test_a_result_over_its_ceiling_is_never_delivered(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from preprocess import pipeline

    honest, finished = pipeline.make_plan, prepare(source.data).data
    monkeypatch.setattr(
        pipeline, "make_plan", lambda *args: replace(honest(*args), max_base64_chars=1000)
    )
    monkeypatch.setattr(pipeline, "execute", lambda *_: Made(finished))
    with pytest.raises(VerificationError, match="over the ceiling"):
        prepare_source(source, PROFILE, Options(), Watch())


def test_the_crop_is_told_in_pixels_of_the_upright_source(photo: bytes) -> None:
    payload = prepare(photo)
    assert isinstance(payload.crop, PixelBox)
    with Image.open(io.BytesIO(photo)) as image:
        turned = image.transpose(Image.Transpose.ROTATE_270)  # EXIF orientation 6
    crop = payload.crop
    cut = turned.crop((crop.left, crop.top, crop.right, crop.bottom))
    with Image.open(io.BytesIO(payload.data)) as made:
        if cut.size == made.size:
            assert (np.asarray(cut) == np.asarray(made)).all()


def test_saving_writes_whole_and_overwrites_only_when_told(photo: bytes, tmp_path: Path) -> None:
    payload = prepare(photo)
    path = payload.save(tmp_path / f"x.{payload.extension}")
    assert path.read_bytes() == payload.data
    with pytest.raises(UsageError):
        payload.save(path)
    payload.save(path, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


@pytest.mark.parametrize(
    ("package", "banned"),
    [
        ("preprocess", {"mediapipe", "cv2", "av", "PIL", "numpy", "client", "httpx"}),
        ("client", {"mediapipe", "cv2", "av", "PIL", "numpy", "preprocess"}),
    ],
)
def test_importing_loads_nothing_heavy(package: str, banned: set[str]) -> None:
    script = f"import sys, {package}; print(*sorted({banned!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_the_public_names_are_there_sorted_and_no_others() -> None:
    import preprocess

    assert sorted(preprocess.__all__) == preprocess.__all__
    public = {name for name in vars(preprocess) if not name.startswith("_")}
    modules = {name for name in public if f"preprocess.{name}" in sys.modules}
    assert set(preprocess.__all__) == (public - modules) | (set(preprocess.__all__) & modules)
