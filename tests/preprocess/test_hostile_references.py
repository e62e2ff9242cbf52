"""No source makes the pipeline open another file or address."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from preprocess import check, prepare
from preprocess.errors import CaptureRejected, UnsupportedError

from .hostile import canary, listener, replaced, selfie_clip, with_blank_pictures

DREF = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")


def url_entry(address: str) -> bytes:
    content = bytes(4) + address.encode() + b"\0"
    return struct.pack(">I", 8 + len(content)) + b"url " + content


def alias_entry(path: str) -> bytes:
    """A QuickTime alias as FFmpeg reads it: volume, name, directory levels, then the path as items 2 and 18."""
    name = Path(path).name.encode()[:63]
    record = bytes(4) + bytes(2) + struct.pack(">H", 2) + bytes(2)
    record += b"\x03vol" + bytes(24) + bytes(8) + bytes([len(name)]) + name.ljust(63, b"\0")
    record += bytes(16) + struct.pack(">hh", 1, 1) + bytes(16)
    for kind in (2, 18):
        text = path.encode()
        record += struct.pack(">HH", kind, len(text)) + text + bytes(len(text) % 2)
    record += b"\xff\xff\0\0"
    return struct.pack(">I", 12 + len(record)) + b"alis" + bytes(4) + record


def referring(entry: bytes) -> bytes:
    clip = with_blank_pictures(selfie_clip("mp4"))
    return replaced(clip, DREF, bytes(4) + struct.pack(">I", 1) + entry)


SOURCES: dict[str, tuple[str, Callable[[str, int], bytes]]] = {
    "dref url to a file": ("x.mp4", lambda path, _: referring(url_entry(f"file://{path}"))),
    "dref url to an address": (
        "x.mp4",
        lambda _, port: referring(url_entry(f"http://127.0.0.1:{port}/x.mp4")),
    ),
    "dref alias": ("x.mov", lambda path, _: referring(alias_entry(path))),
    "playlist to a file": (
        "x.mp4",
        lambda path, _: f"#EXTM3U\n#EXTINF:2,\nfile://{path}\n#EXT-X-ENDLIST\n".encode(),
    ),
    "playlist to an address": (
        "x.m3u8",
        lambda _, port: f"#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:{port}/a.ts\n".encode(),
    ),
    "playlist behind a JPEG's name": (
        "x.jpg",
        lambda path, _: b"\xef\xbb\xbf\n #EXTM3U\n" + path.encode(),
    ),
    "ffconcat": (
        "x.mp4",
        lambda path, _: f"ffconcat version 1.0\nfile 'file:{path}'\nduration 2\n".encode(),
    ),
    "concat": ("x.mp4", lambda path, _: f"file '{path}'\n".encode()),
    "session description": (
        "x.mp4",
        lambda _, port: (
            f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video {port} RTP/AVP 96\r\n"
        ).encode(),
    ),
    "DASH": (
        "x.mp4",
        lambda _, port: (
            f'<?xml version="1.0"?><MPD type="static"><BaseURL>http://127.0.0.1:{port}/</BaseURL></MPD>'
        ).encode(),
    ),
    "SVG": (
        "x.png",
        lambda path, port: (
            f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{path}"/>'
            f'<image href="http://127.0.0.1:{port}/x.png"/></svg>'
        ).encode(),
    ),
    "redirection": ("x.mov", lambda _, port: f"RTSPtext\nrtsp://127.0.0.1:{port}/\n".encode()),
    "bare address": ("x.mp4", lambda _, port: f"http://127.0.0.1:{port}/x.mp4".encode()),
    "ASX": (
        "x.avi",
        lambda _, port: (
            f'<asx><entry><ref href="http://127.0.0.1:{port}/"/></entry></asx>'.encode()
        ),
    ),
}


@pytest.mark.parametrize("form", ["path", "bytes"])
@pytest.mark.parametrize("case", SOURCES)
def test_a_source_that_names_another_file_or_address_does_not_get_it(
    tmp_path: Path, case: str, form: str
) -> None:
    bird = tmp_path / "canary.mp4"
    bird.write_bytes(selfie_clip("mp4"))  # whoever follows the reference finds good pictures here
    name, build = SOURCES[case]
    with listener() as (port, calls), canary(bird) as touched:
        data = build(str(bird), port)
        path = tmp_path / name
        path.write_bytes(data)
        source = path if form == "path" else data
        with pytest.raises(UnsupportedError) as caught:
            prepare(source, name=name)
        assert caught.value.code in (
            "source.playlist",
            "source.external-reference",
            "source.unsupported",
        )
        for quick in (True, False):
            report = check(source, quick=quick, name=name).report
            assert [f.message for f in report.failures] == [caught.value.message]
    assert not touched
    assert not calls


def test_the_canary_and_the_listener_notice_a_touch(tmp_path: Path) -> None:
    bird = tmp_path / "canary"
    bird.write_bytes(b"x")
    with listener() as (port, calls), canary(bird) as touched:
        bird.read_bytes()
        socket.create_connection(("127.0.0.1", port)).close()
    assert touched
    assert calls


def test_the_clip_behind_the_reference_is_good() -> None:
    """Without this, a refusal would prove nothing."""
    try:
        assert prepare(selfie_clip("mp4")).data
    except CaptureRejected as exc:
        pytest.fail(f"the canary is no good clip: {exc}")
