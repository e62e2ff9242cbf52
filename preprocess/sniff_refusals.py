"""What is refused by its name: forms that people send, with what they can do instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import UnsupportedError

_TEXT_BYTES = 1024
"""How much of a file is looked at to tell text from binary data."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    name: str
    """With its article, for "the file is ..."."""
    code: str
    advice: str | None = None


_PICTURE = "Save it as a JPEG or PNG photo."
_CLIP = "Save it as an H.264 MP4 clip."


def _other(name: str, advice: str | None = None) -> _Refusal:
    return _Refusal(name, "source.unsupported", advice)


def _audio(name: str) -> _Refusal:
    return _Refusal(f"an audio file ({name})", "source.no-video", "Send the clip with its picture.")


def _pointer(name: str) -> _Refusal:
    advice = "Send the clip itself: what a file points to is never opened."
    return _Refusal(name, "source.playlist", advice)


_MAGIC: tuple[tuple[int, bytes, _Refusal], ...] = (
    (0, b"%PDF", _other("a PDF document", "Export the photo in it as JPEG or PNG.")),
    (0, b"%!PS", _other("a PostScript document", _PICTURE)),
    (0, b"8BPS", _other("a Photoshop document", _PICTURE)),
    (0, b"\xff\x0a", _other("a JPEG XL picture", _PICTURE)),
    (4, b"JXL \r\n\x87\n", _other("a JPEG XL picture", _PICTURE)),
    (4, b"jP  \r\n\x87\n", _other("a JPEG 2000 picture", _PICTURE)),
    (0, b"\xffO\xffQ", _other("a JPEG 2000 picture", _PICTURE)),
    (0, b"\x8aMNG", _other("an MNG animation", _PICTURE)),
    (0, b"\x8bJNG", _other("a JNG picture", _PICTURE)),
    (0, b"\x00\x00\x01\x00", _other("an icon", _PICTURE)),
    (0, b"qoif", _other("a QOI picture", _PICTURE)),
    (0, b"\x76\x2f\x31\x01", _other("an OpenEXR picture", _PICTURE)),
    (0, b"#?RADIANCE", _other("a Radiance picture", _PICTURE)),
    (0, b"BPG\xfb", _other("a BPG picture", _PICTURE)),
    (0, b"DDS ", _other("a DirectDraw texture", _PICTURE)),
    (0, b"\xd7\xcd\xc6\x9a", _other("a Windows metafile", _PICTURE)),
    (128, b"DICM", _other("a DICOM picture", _PICTURE)),
    (0, b"FUJIFILMCCD-RAW", _other("a camera's raw file (RAF)", _PICTURE)),
    (0, b"IIU\x00", _other("a camera's raw file (RW2)", _PICTURE)),
    (0, b"IIRO", _other("a camera's raw file (ORF)", _PICTURE)),
    (0, b"IIRS", _other("a camera's raw file (ORF)", _PICTURE)),
    (0, b"FOVb", _other("a camera's raw file (X3F)", _PICTURE)),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _other("a Windows Media file", _CLIP)),
    (0, b".RMF", _other("a RealMedia file", _CLIP)),
    (0, b"\x00\x00\x01\xba", _other("an MPEG program stream", _CLIP)),
    (0, b"\x00\x00\x01\xb3", _other("a bare MPEG video stream", _CLIP)),
    (0, b"\x00\x00\x00\x01", _other("a bare H.264 or H.265 stream", _CLIP)),
    (0, b"\x00\x00\x01", _other("a bare MPEG stream", _CLIP)),
    (0, b"DKIF", _other("an IVF file", _CLIP)),
    (0, b"YUV4MPEG2", _other("a YUV4MPEG clip", _CLIP)),
    (0, b"\x06\x0e\x2b\x34", _other("an MXF file", _CLIP)),
    (0, b"nut/multimedia container", _other("a NUT file", _CLIP)),
    (0, b"FWS", _other("a Flash program", _CLIP)),
    (0, b"CWS", _other("a Flash program", _CLIP)),
    (0, b"ZWS", _other("a Flash program", _CLIP)),
    (0, b"OggS", _other("an Ogg file", _CLIP)),
    (0, b"ID3", _audio("MP3")),
    (0, b"fLaC", _audio("FLAC")),
    (0, b"#!AMR", _audio("AMR")),
    (0, b"MThd", _audio("MIDI")),
    (8, b"WAVE", _audio("WAV")),
    (8, b"AIFF", _audio("AIFF")),
    (0, b"caff", _audio("CAF")),
    (0, b"rtsptextRTSP", _pointer("a QuickTime stream redirection")),
    (0, b"RTSPtext", _pointer("a QuickTime stream redirection")),
    (0, b"PK\x03\x04", _other("a ZIP archive or an office document", "Unpack it, and send the photo or clip.")),
    (0, b"\x1f\x8b", _other("a gzip archive", "Unpack it, and send the photo or clip.")),
    (0, b"7z\xbc\xaf\x27\x1c", _other("a 7z archive", "Unpack it, and send the photo or clip.")),
    (0, b"Rar!", _other("a RAR archive", "Unpack it, and send the photo or clip.")),
    (257, b"ustar", _other("a tar archive", "Unpack it, and send the photo or clip.")),
    (0, b"\x7fELF", _other("a program")),
    (0, b"MZ", _other("a program")),
    (0, b"SQLite format 3", _other("a database")),
)  # fmt: skip
"""Offset, magic bytes, refusal; the first that fits."""

_TEXTS: tuple[tuple[bytes, _Refusal], ...] = (
    (rb"#extm3u|#ext-x-", _pointer("a playlist (M3U8)")),
    (rb"ffconcat\b", _pointer("a list of files for FFmpeg (ffconcat)")),
    (rb"file\s+['\"]?\S", _pointer("a list of files for FFmpeg (concat)")),
    (rb"v=0\s+(?:o|s)=", _pointer("a session description (SDP)")),
    (rb"\[(?:playlist|reference)\]", _pointer("a playlist")),
    (rb"<asx\b|<smil\b|<\?wpl\b|(?:<\?xml[^>]*>\s*)?<(?:mpd|smoothstreamingmedia|playlist)\b", _pointer("a playlist")),
    (rb"(?:https?|rtsp|rtmp|ftp|file)://", _pointer("a link")),
    (rb"webvtt\b", _other("a subtitle file (WebVTT)", _CLIP)),
    (rb"\[script info\]", _other("a subtitle file (ASS)", _CLIP)),
    (rb"\d+\s+\d\d:\d\d:\d\d,\d", _other("a subtitle file (SubRip)", _CLIP)),
    (
        rb"(?:<\?xml.{0,400}?)?(?:<!--.{0,400}?-->\s*)?(?:<!doctype\s+svg.{0,400}?)?<svg\b",
        _other("an SVG drawing", _PICTURE),
    ),
    (
        rb"(?:<!--.{0,400}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b",
        _other("a web page", "Download the photo or clip itself."),
    ),
    (rb"<\?xml\b", _other("an XML document")),
    (rb"[\[{]\s*[\"\[{\]}]", _other("a JSON document")),
    (rb"data:(?:image|video)/", _other("a data URL", "Decode its base64 first.")),
    (
        rb"/9j/|ivborw0kgg|aaaa[a-z0-9+/]{4}zn?r5c",
        _other("a base64 text", "Decode it first: the payload is encoded when it is sent."),
    ),
    (rb"p[1-6]\s", _other("a PNM picture", _PICTURE)),
)  # fmt: skip
"""Pattern at the start of a text (byte order mark and blanks skipped, lower case), refusal; the first that fits."""

_COMPILED = tuple((re.compile(pattern, re.DOTALL), refusal) for pattern, refusal in _TEXTS)


def refuse_by_name(data: bytes) -> None:
    """Do nothing unless ``data`` is a known form that is not supported.

    Raises:
        UnsupportedError: It is: ``source.playlist`` where it only points to other files, ``source.no-video`` where
            it holds sound alone, ``source.unsupported`` else.
    """
    refusal = _by_magic(data) or _by_text(data)
    if refusal is not None:
        message = f"the file is {refusal.name}"
        raise UnsupportedError(message, code=refusal.code, advice=refusal.advice)


def _by_magic(data: bytes) -> _Refusal | None:
    for at, magic, refusal in _MAGIC:
        if data.startswith(magic, at):
            return refusal
    if (
        data[:1] == b"\xff" and b"\xe0" <= data[1:2] < b"\xfe"
    ):  # eleven set bits: a frame of MPEG audio
        return _audio("MP3 or AAC")
    return None


def _by_text(data: bytes) -> _Refusal | None:
    head = data[: 2 * _TEXT_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
    head = head.removeprefix(b"\xef\xbb\xbf")[:_TEXT_BYTES].lstrip().lower()
    for pattern, refusal in _COMPILED:
        if pattern.match(head):
            return refusal
    if head and all(byte >= 0x20 or byte in b"\t\n\r\f\x1b" for byte in head):
        return _other("a text")
    return None
