from __future__ import annotations

import json
import math
import multiprocessing
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from multiprocessing.connection import Connection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import isolate_wire as wire
from preprocess.errors import CaptureRejected, UnreadableError
from preprocess.faces import Sightings
from preprocess.geometry import Box, Orientation, Size
from preprocess.options import Options
from preprocess.profile import Profile
from preprocess.report import Finding, Report, Rung, Status
from preprocess.source import Source


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        yield ours, theirs


def there_and_back(value: object) -> object:
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        wire.send(ours, value)
        return wire.receive(theirs)[0]


VALUES = (
    None,
    True,
    -(1 << 70),
    0.1,
    math.inf,
    "text \udcff \n",
    (1, ("nested",), ()),
    [1, [2]],
    {"key": (1,), 2: None},
    Fraction(30000, 1001),
    date(2026, 5, 22),
    b"",
    b"bytes" * 100,
    Size(480, 640),
    Rung.CROP,
    Status.FAIL,
    Orientation.TURN_CW_90,
    Options(max_base64_chars=7),
    Profile.builtin(),
    Sightings(Size(1, 2)),
    Source("name", b"data", None),
    Report((Finding("FACE001", Status.FAIL, "no face", remedy=Rung.CROP),)),
)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_arrive_as_they_were(value: object) -> None:
    found = there_and_back(value)
    assert found == value
    assert type(found) is type(value)


def test_errors_arrive_with_code_advice_and_report() -> None:
    error = there_and_back(UnreadableError("cut short", code="source.truncated", advice="Copy."))
    assert isinstance(error, UnreadableError)
    assert (error.message, error.code, error.advice) == ("cut short", "source.truncated", "Copy.")
    rejection = there_and_back(CaptureRejected(Report((Finding("A", Status.FAIL, "why"),))))
    assert isinstance(rejection, CaptureRejected)
    assert rejection.report.failures[0].message == "why"


def test_bytes_that_the_other_side_has_are_not_sent(ends: tuple[Connection, Connection]) -> None:
    ours, theirs = ends
    data = bytes(1000)
    sent = wire.send(ours, ("request", data))
    (_, received), blobs = wire.receive(theirs)
    assert sent == [data]
    assert wire.send(theirs, ("reply", received), blobs) == []
    (_, back), _ = wire.receive(ours, sent)
    assert back is data


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, len, Rung, 1j],
    ids=["object", "set", "function", "class", "complex"],
)
def test_what_is_no_data_cannot_travel(ends: tuple[Connection, Connection], value: object) -> None:
    with pytest.raises(TypeError, match="cannot travel"):
        wire.send(ends[0], ("done", value))
    assert not ends[1].poll()


FORGERIES = {
    "a class that is not on the list": {"Popen": ["touch canary"]},
    "a function of ours": {"_rebuild": []},
    "a class of ours with other arguments": {"Box": [1, 2]},
    "two tags": {"Box": [1, 2, 3, 4], "date": "2026-01-01"},
    "no tag": {},
    "an enumeration's unknown value": {"Rung": 99},
    "a fraction over zero": {"fraction": [1, 0]},
    "a fraction as text, which may be 1e999999999": {"fraction": ["1e999999999", 1]},
    "a blob that was not sent": {"bytes": 0},
    "a blob that is no number": {"bytes": "a"},
    "an error without its parts": {"UnreadableError": ["message"]},
    "an unhashable key": {"dict": [[{"list": []}, 1]]},
    "a content that is no list": {"Box": 7},
}


@pytest.mark.parametrize("case", FORGERIES)
def test_forgeries_are_refused(ends: tuple[Connection, Connection], case: str) -> None:
    ours, theirs = ends
    theirs.send_bytes(bytes(4) + json.dumps(["done", FORGERIES[case]]).encode())
    with pytest.raises(wire.ForgedReplyError):
        wire.receive(ours)


@pytest.mark.parametrize(
    "message",
    [b"", b"\0\0\0\0", b"\xff\xff\xff\xff[]", bytes(4) + b"[" * 100_000, bytes(4) + b"9" * 9999],
    ids=["empty", "no text", "too many parts", "too deep", "too many digits"],
)
def test_broken_messages_are_refused(ends: tuple[Connection, Connection], message: bytes) -> None:
    ours, theirs = ends
    theirs.send_bytes(message)
    with pytest.raises(wire.ForgedReplyError):
        wire.receive(ours)


def test_a_message_that_announces_gigabytes_is_refused_unread(
    ends: tuple[Connection, Connection],
) -> None:
    ours, theirs = ends
    theirs._send((0x7FFFFFFF).to_bytes(4, "big"))
    with pytest.raises(wire.ForgedReplyError):
        wire.receive(ours)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["fraction", "dict", "list", "bytes", "date", "Box", "Rung", "Report", "x"]
            ),
            inner,
            max_size=1,
        )
    ),
    max_leaves=15,
)


@given(json_values)
def test_any_reply_is_read_or_refused(value: object) -> None:
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        theirs.send_bytes(bytes(4) + json.dumps(value).encode())
        try:
            wire.receive(ours)
        except wire.ForgedReplyError:
            return


@given(st.floats(), st.floats(), st.floats(0, 10), st.floats(0, 10))
def test_boxes_arrive_exactly(left: float, top: float, width: float, height: float) -> None:
    assert repr(there_and_back(Box(left, top, width, height))) == repr(
        Box(left, top, width, height)
    )
