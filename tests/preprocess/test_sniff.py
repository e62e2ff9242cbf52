from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from preprocess.errors import SourceError, UnreadableError, UnsupportedError
from preprocess.media import Kind
from preprocess.sniff import sniff


def box(kind: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    return box(b"ftyp", major + bytes(4) + b"".join(compatible))


def picture(form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "gray").save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "avif", "bmp", "tiff", "gif"])
def test_stills_are_told_by_their_bytes(form: str) -> None:
    sniffed = sniff(picture(form))
    assert (sniffed.kind, sniffed.form) == (Kind.IMAGE, form)


EBML = b"\x1aE\xdf\xa3"
TS = b"\x47" + bytes(187)
CLIPS = {
    "mp4": ftyp(b"isom", b"isom", b"avc1") + box(b"moov"),
    "mov": ftyp(b"qt  ", b"qt  ") + box(b"moov"),
    "3gp": ftyp(b"3gp4", b"isom"),
    "avi": b"RIFF\0\1\0\0AVI LIST",
    "flv": b"FLV\1\5\0\0\0\x09",
    "matroska": EBML + b"\x8b\x42\x82\x88matroska",
    "webm": EBML + b"\xa3\x42\x86\x81\x01\x42\x82\x84webm",
    "mpegts": TS * 3,
}


@pytest.mark.parametrize("form", CLIPS)
def test_clips_are_told_by_their_bytes(form: str) -> None:
    sniffed = sniff(CLIPS[form])
    assert (sniffed.kind, sniffed.form) == (Kind.VIDEO, form)


ISO = {
    "a major brand that is new": (ftyp(b"zzzz", b"isom"), "mp4"),
    "QuickTime among the compatible brands": (ftyp(b"zzzz", b"qt  "), "mov"),
    "an ftyp without brands": (box(b"ftyp"), "mp4"),
    "an ftyp that claims more than there is": (struct.pack(">I", 1 << 30) + b"ftypmp42", "mp4"),
    "moov first, as before 2001": (box(b"moov", bytes(20)) + box(b"mdat"), "mov"),
    "mdat first": (box(b"mdat", bytes(20)) + box(b"moov"), "mov"),
    "wide, then mdat to the end": (box(b"wide") + b"\0\0\0\0mdat" + bytes(9), "mov"),
    "a late ftyp": (box(b"free", bytes(99)) + ftyp(b"mp42"), "mp4"),
    "a late ftyp behind a 64-bit box": (
        struct.pack(">I4sQ", 1, b"mdat", 24) + bytes(8) + ftyp(b"isom"),
        "mp4",
    ),
    "a segment without its start": (box(b"styp", b"msdh") + box(b"moof"), "mp4"),
    "HEIC by major brand": (ftyp(b"heic", b"mif1"), "heif"),
    "HEIC by compatible brand": (ftyp(b"mif1", b"heic"), "heif"),
    "AVIF by compatible brand": (ftyp(b"mif1", b"avif", b"miaf"), "avif"),
    "a sequence of HEVC pictures": (ftyp(b"msf1", b"hevc"), "heif"),
    "a sequence of AV1 pictures": (ftyp(b"avis", b"avif"), "avif"),
    "an mp4 compatible with HEIC players": (ftyp(b"mp42", b"heic"), "mp4"),
}


@pytest.mark.parametrize("case", ISO)
def test_iso_files_are_told_by_their_brands(case: str) -> None:
    data, form = ISO[case]
    assert sniff(data).form == form


@pytest.mark.parametrize(
    "data",
    [
        b"".join(bytes(4) + TS for _ in range(3)),
        b"".join(TS + bytes(16) for _ in range(3)),
        bytes(100) + TS * 8,
    ],
    ids=["192 bytes", "204 bytes", "cut mid-packet"],
)
def test_transport_streams_are_told_by_their_sync_bytes(data: bytes) -> None:
    assert sniff(data).form == "mpegts"


def test_nothing_is_empty() -> None:
    with pytest.raises(UnreadableError) as caught:
        sniff(b"")
    assert caught.value.code == "source.empty"


@pytest.mark.parametrize(
    "data", [bytes(1), bytes(100_000), b"\x89PNG\n\x1a\n" + bytes(30), b"\x09PNG\r\n"]
)
def test_nulls_and_mangled_pngs_are_damaged(data: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        sniff(data)
    assert caught.value.code == "source.damaged"


REFUSED = {
    "a PDF": (b"%PDF-1.7\n", "PDF", "source.unsupported"),
    "a web page": (b"<!DOCTYPE html><html>", "web page", "source.unsupported"),
    "a web page with a comment": (b"\n<!-- saved --> <HTML>", "web page", "source.unsupported"),
    "an SVG": (b'<?xml version="1.0"?>\n<svg xmlns="x">', "SVG", "source.unsupported"),
    "a playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd", "playlist", "source.playlist"),
    "a playlist behind a mark": (b"\xef\xbb\xbf#EXTM3U", "playlist", "source.playlist"),
    "a playlist in UTF-16": ("#EXTM3U\n".encode("utf-16"), "playlist", "source.playlist"),
    "ffconcat": (b"ffconcat version 1.0\nfile 'a.mp4'", "ffconcat", "source.playlist"),
    "concat": (b"file '/etc/passwd'\n", "concat", "source.playlist"),
    "SDP": (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1", "SDP", "source.playlist"),
    "DASH": (b'<?xml version="1.0"?><MPD xmlns="urn">', "playlist", "source.playlist"),
    "PLS": (b"[playlist]\nFile1=x", "playlist", "source.playlist"),
    "a redirection": (b"RTSPtext\nrtsp://host", "redirection", "source.playlist"),
    "a link": (b"https://example.org/a.mp4", "link", "source.playlist"),
    "WebVTT": (b"WEBVTT\n\n00:00", "WebVTT", "source.unsupported"),
    "SubRip": (b"1\n00:00:01,000 --> 00:00:02,000\n", "SubRip", "source.unsupported"),
    "JSON": (b'{"error": "denied"}', "JSON", "source.unsupported"),
    "a data URL": (b"data:image/png;base64,AAAA", "data URL", "source.unsupported"),
    "base64": (b"/9j/4AAQSkZJRg", "base64", "source.unsupported"),
    "text": (b"hello there", "a text", "source.unsupported"),
    "zip": (b"PK\3\4", "ZIP", "source.unsupported"),
    "MP3": (b"ID3\4\0", "MP3", "source.no-video"),
    "MP3 without tags": (b"\xff\xfb\x90\x64\0\0", "MP3", "source.no-video"),
    "WAV": (b"RIFF\0\0\0\0WAVEfmt ", "WAV", "source.no-video"),
    "M4A": (ftyp(b"M4A ", b"isom"), "M4A", "source.no-video"),
    "Ogg": (b"OggS\0", "Ogg", "source.unsupported"),
    "a Photoshop document": (b"8BPS\0\1", "Photoshop", "source.unsupported"),
    "JPEG XL": (b"\xff\x0a\xfa", "JPEG XL", "source.unsupported"),
    "JPEG XL in boxes": (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", "source.unsupported"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000", "source.unsupported"),
    "CR3": (ftyp(b"crx ", b"crx "), "CR3", "source.unsupported"),
    "CR2": (b"II*\0\x10\0\0\0CR\2\0", "raw", "source.unsupported"),
    "RAF": (b"FUJIFILMCCD-RAW 0201", "RAF", "source.unsupported"),
    "WMV": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "Windows Media", "source.unsupported"),
    "a program stream": (b"\0\0\1\xba\x44", "program stream", "source.unsupported"),
    "a bare H.264 stream": (b"\0\0\0\1\x67\x42", "H.264", "source.unsupported"),
    "another EBML": (EBML + b"\x85\x42\x82\x82xx", "EBML", "source.unsupported"),
    "rubbish": (b"\x01\x02\x03\x04\xfe\xdc", "no known form", "source.unknown"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_everything_else_is_refused_by_its_name(case: str) -> None:
    data, words, code = REFUSED[case]
    with pytest.raises(UnsupportedError, match=words) as caught:
        sniff(data)
    assert caught.value.code == code
    assert caught.value.advice


def directory(*entries: tuple[int, int, int]) -> bytes:
    """A little-endian TIFF whose first directory has ``entries`` of tag, type and value."""
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + bytes(4)


@pytest.mark.parametrize(
    "data",
    [directory((0xC612, 1, 0x0401)), directory((0xFE, 4, 1), (0x14A, 4, 99))],
    ids=["DNG", "thumbnail before sub-directories"],
)
def test_raw_files_in_tiff_clothes_are_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedError, match="raw"):
        sniff(data)


def test_a_tiff_with_a_thumbnail_behind_it_is_a_still() -> None:
    assert sniff(directory((0xFE, 4, 0), (0x14A, 4, 99))).form == "tiff"


@given(st.binary(max_size=600))
def test_any_bytes_are_told_or_refused(data: bytes) -> None:
    try:
        sniff(data)
    except SourceError as exc:
        assert exc.advice


@given(st.sampled_from([*CLIPS.values(), *(d for d, _ in ISO.values())]), st.data())
def test_every_beginning_of_a_clip_is_told_or_refused(data: bytes, choice: st.DataObject) -> None:
    cut = choice.draw(st.integers(0, len(data)))
    try:
        sniff(data[:cut] + choice.draw(st.binary(max_size=40)))
    except SourceError as exc:
        assert exc.advice


@pytest.mark.media
def test_real_files_are_what_their_labels_say(media, manifest) -> None:
    expected = {"jpeg": "jpeg", "png": "png", "webp": "webp", "heif": "heif", "avif": "avif"}
    for entry in manifest:
        if (form := expected.get(entry["codec"])) and not entry["kind"].startswith("corrupt"):
            data = (media / entry["file"]).read_bytes()
            assert sniff(data).form == form, entry["file"]
