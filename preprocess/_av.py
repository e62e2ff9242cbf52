"""Opening and reading clips with PyAV; `_av_filter` and `_av_write` make them.

Only demuxers and decoders on our list are used: the demuxer is named by the sniffed form and held by
``format_whitelist``, the codec's name is compared before the first packet is decoded (``codec_whitelist`` has no
effect through PyAV). Nothing is opened by path or address: sources are bytes in memory.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import av.logging
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from .errors import CancelledError, LimitExceededError, UnreadableError, UnsupportedError

DEMUXERS = {
    "mp4": "mov,mp4,m4a,3gp,3g2,mj2",
    "mov": "mov,mp4,m4a,3gp,3g2,mj2",
    "3gp": "mov,mp4,m4a,3gp,3g2,mj2",
    "avi": "avi",
    "flv": "flv",
    "matroska": "matroska,webm",
    "webm": "matroska,webm",
    "mpegts": "mpegts",
}
"""FFmpeg's demuxer for each sniffed form: the only ones that are ever opened."""

VIDEO_DECODERS = frozenset(
    {
        *(
            "h264",
            "hevc",
            "vp8",
            "vp9",
            "libdav1d",
            "av1",
            "libvpx",
            "libvpx-vp9",
            "mjpeg",
            "mpeg4",
            "mpeg2video",
        ),
        *("mpeg1video", "h263", "prores", "dvvideo"),
    }
)
"""Decoders that may run, by FFmpeg's name: what phones, webcams, browsers and camcorders write."""

CODEC_NAMES = {"libdav1d": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9"}
"""Decoders that are called after their library, and the codec they decode."""

ISO_FORMS = frozenset({"mp4", "mov", "3gp"})

# FFmpeg would print to stderr what we report as findings.
av.logging.set_level(None)
logging.getLogger("libav").addHandler(logging.NullHandler())


@contextmanager
def reading(doing: str) -> Iterator[None]:
    """Translate PyAV's errors into ours, as "could not ``doing``"; ours pass unchanged."""
    try:
        yield
    except (
        MemoryError
    ) as exc:  # nearly always a size in the file that is a lie: FFmpeg asks for what it says
        message = f"could not {doing}: the file asks for more memory than there is"
        raise LimitExceededError(message, code="source.limit.memory") from exc
    except (FFmpegError, EOFError) as exc:
        if isinstance(exc.__cause__, CancelledError):
            raise exc.__cause__ from None
        message = f"could not {doing}: {_plain(exc)}"
        raise UnreadableError(message, code="source.damaged") from exc
    except (ValueError, IndexError, RuntimeError, NotImplementedError, OverflowError) as exc:
        message = f"could not {doing}: the file contradicts itself"
        raise UnreadableError(message, code="source.damaged") from exc


def _plain(exc: BaseException) -> str:
    text = getattr(exc, "strerror", None) or type(exc).__name__
    return str(text).lower()


_NO_TRIAL: Any = [{"skip_frame": "all"}] * 64  # dictionaries in fact, texts in PyAV's annotation
"""For FFmpeg's own trial decoding alone: the contexts that PyAV decodes with do not see these."""
_TELLING_FORMS = frozenset({*ISO_FORMS, "matroska", "webm"})


def open_clip(
    data: bytes, form: str, *, ignores_edit_list: bool = False, is_known: bool = False
) -> InputContainer:
    """Open a clip that lies in memory with the demuxer of its form and no other; the caller closes it.

    Args:
        data: The whole file.
        form: What the magic bytes say, a key of `DEMUXERS`.
        ignores_edit_list: Read an ISO file as a reader that knows no edit lists would.
        is_known: The clip was probed before. Where the container's header tells the decoder enough, FFmpeg is then
            kept from decoding the first frames while opening (20 ms each time at 1080x1920); the streams' contexts
            know their pixel format only once a frame was decoded.

    Raises:
        UnreadableError: It cannot be opened.
        UnsupportedError: There is no demuxer for ``form`` on our list.
    """
    if form not in DEMUXERS:
        message = f"clips of the form {form!r} are not read"
        raise UnsupportedError(message, code="source.container")
    demuxer = DEMUXERS[form]
    options = {"format_whitelist": demuxer, "protocol_whitelist": "", "enable_drefs": "0"}
    if form not in ISO_FORMS:
        del options["enable_drefs"]
    elif ignores_edit_list:
        options["ignore_editlist"] = "1"
    with reading("open the clip"):
        return av.open(
            io.BytesIO(data),
            mode="r",
            format=demuxer.split(",")[0],
            container_options=options,
            metadata_errors="replace",
            stream_options=_NO_TRIAL if is_known and form in _TELLING_FORMS else None,
        )


def main_video(container: InputContainer) -> VideoStream:
    """Return the video stream to judge: the default one, else the first, cover art never.

    Raises:
        UnreadableError: There is none (code ``source.no-video``).
    """
    streams = video_streams(container)
    if not streams:
        held = "sound only" if container.streams.audio else "no pictures"
        message = f"the file holds {held}, no video"
        raise UnreadableError(message, code="source.no-video")
    return streams[0]


def video_streams(container: InputContainer) -> list[VideoStream]:
    """Return the video streams without cover art and timed thumbnails, in file order."""
    art = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    return [s for s in container.streams.video if not s.disposition & art]


def decoder_of(stream: VideoStream) -> str:
    """Return the name of the codec of ``stream``, once it is known to be one that we decode.

    Raises:
        UnsupportedError: The codec is unknown or not on the list; nothing was decoded.
    """
    context: CodecContext | None = stream.codec_context  # None where FFmpeg has no decoder
    name = None if context is None else context.name
    if name is None or name not in VIDEO_DECODERS:
        message = f"the video codec {name or 'of this clip'} is not among those that are decoded"
        raise UnsupportedError(message, code="source.codec")
    return CODEC_NAMES.get(name, name)
