"""Media facts: what probing found, header truth, packet truth and decoded truth named apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from .geometry import Orientation, Size


class Kind(StrEnum):
    """Whether a source is a still or a clip."""

    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class StillInfo:
    """Facts about a still, from its header and segments; pixels are not decoded for it."""

    form: str
    """By magic bytes: jpeg, png, webp, avif, heif, bmp, tiff or gif."""
    size_stored: Size
    """As stored, before orientation."""
    orientation: Orientation
    """From EXIF (or the container's own transform where that is the only one)."""
    mode: str
    """Pillow's mode of the stored pixels: RGB, L, LA, P, RGBA, CMYK, I;16, ..."""
    bit_depth: int
    """Bits per channel as stored."""
    frames: int = 1
    """Pictures in the file."""
    has_alpha: bool = False
    is_progressive: bool = False
    """Progressive JPEG or interlaced PNG."""
    subsampling: str | None = None
    """Chroma subsampling of a JPEG: 4:4:4, 4:2:2, 4:2:0, 4:1:1; None elsewhere."""
    icc_name: str | None = None
    """Description of the embedded ICC profile; None when there is none."""
    private: tuple[str, ...] = ()
    """Names of the private metadata found (design's list: GPS, serial numbers, comments, thumbnail, ...)."""
    is_strippable: bool = False
    """Whether private metadata can be cut out without touching the coded picture (JPEG, PNG)."""
    trailing_bytes: int = 0
    """Bytes behind the end of the picture (motion photo, MPO, garbage)."""
    extension: str | None = None
    """Extension of the source's name, lower case without dot; None when it has none."""

    @property
    def size_upright(self) -> Size:
        """Size after orientation."""
        return self.size_stored.turned(self.orientation)


@dataclass(frozen=True, slots=True)
class CodedFrame:
    """One packet of the video stream, in the order of the file."""

    time_s: Fraction | None
    """When it is shown, from the first shown frame; None where it is decoded but never shown."""
    is_key: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """Facts about a clip; a name ends with where the fact comes from where sources may disagree."""

    container: str
    """By content: mp4, mov, 3gp, avi, flv, matroska, webm, mpegts."""
    brand: str | None
    """Major brand of an ISO file; None elsewhere."""
    codec: str
    """FFmpeg's name: h264, hevc, vp9, ..."""
    pixel_format: str | None
    """FFmpeg's name: yuv420p, yuvj420p, yuv420p10le, ...; None when unknown before decoding."""
    size_coded: Size
    """As stored, before pixel aspect and rotation."""
    pixel_aspect: Fraction
    """Width of a pixel over its height; 1 when square or unset."""
    orientation: Orientation
    """From the display matrix (or an equivalent tag)."""
    has_odd_matrix: bool
    """Whether the display matrix is something else than a turn by 90 degrees and a mirroring."""
    bit_depth: int
    is_interlaced: bool
    color_space: str
    """Matrix as tagged, or by the size rule where untagged: bt601, bt709, bt2020."""
    color_transfer: str
    """sdr, hlg or pq."""
    is_full_range: bool
    is_color_tagged: bool
    """Whether matrix, primaries and transfer are written in the file."""
    duration_s_header: Fraction | None
    duration_s_packets: Fraction
    """Last presented packet's time plus its spacing, minus the first."""
    rate_fps_header: Fraction | None
    rate_fps_packets: Fraction | None
    """From presentation times of the packets; None with fewer than 2 frames."""
    is_constant_rate: bool
    """Whether the spacing stays within 2 ms."""
    longest_gap_s: Fraction
    frame_count_packets: int
    times_s: tuple[Fraction, ...] = field(repr=False)
    """Presentation times of the shown frames from the first one, ascending."""
    key_times_s: tuple[Fraction, ...] = field(repr=False)
    """Presentation times of the keyframes, on the same clock as ``times_s``."""
    start_s: Fraction = Fraction(0)
    """Presentation time of the first shown frame on the file's own clock."""
    starts_with_key: bool = True
    has_b_frames: bool = False
    has_edit_list_that_hides: bool = False
    has_audio: bool = False
    video_streams: int = 1
    """Video streams without cover art."""
    attached_pictures: int = 0
    other_streams: int = 0
    """Data, subtitle and attachment streams."""
    private: tuple[str, ...] = ()
    """Names of the private metadata found in the container."""
    is_truncated: bool = False
    """Whether the file ends before its own tables say."""
    usable_share: Fraction = Fraction(1)
    """Share of the announced length that is there, 0 to 1."""
    extension: str | None = None
    packets: tuple[CodedFrame, ...] = field(default=(), repr=False)
    """The video stream's packets in the order of the file."""
    are_times_derived: bool = False
    """Whether the file carries no presentation times and ``times_s`` come from its order and nominal rate."""
    stream_index: int = 0
    """Which stream of the file is the clip's video."""
    color_primaries: str = "bt709"
    """Primaries as tagged, or bt709 where untagged: bt601, bt709, bt2020, display-p3."""

    @property
    def size_square(self) -> Size:
        """Stored size with pixels made square (width stretched or shrunk)."""
        width = round(self.size_coded.width * self.pixel_aspect)
        return Size(max(1, width), self.size_coded.height)

    @property
    def size_upright(self) -> Size:
        """Size with square pixels after orientation."""
        return self.size_square.turned(self.orientation)


@dataclass(frozen=True, slots=True)
class Media:
    """One source and what probing found in it."""

    name: str
    """File name without folder, ``stdin`` or ``memory``."""
    data: bytes = field(repr=False)
    """The whole source."""
    sha256: str
    """Of ``data``, lower-case hex."""
    info: StillInfo | ClipInfo

    @property
    def kind(self) -> Kind:
        """Still or clip."""
        return Kind.IMAGE if isinstance(self.info, StillInfo) else Kind.VIDEO

    @property
    def size_bytes(self) -> int:
        """Size of the source."""
        return len(self.data)


def base64_chars(size_bytes: int) -> int:
    """Return the length of standard base64 with padding and no line breaks: ``4 * ceil(n / 3)``."""
    return 4 * -(-size_bytes // 3)
