import base64
import hashlib
import json
import logging
import tracemalloc

import pytest

from client._body import (
    REQUEST_BYTES_MAX,
    REQUEST_BYTES_SURE,
    plain_body,
    plain_length_bytes,
    refuse_too_large,
)
from client.errors import PayloadError
from client.payload import Media, PayloadLike

from .conftest import Capture


@pytest.mark.parametrize("size_bytes", [1, 2, 3, 49151, 49152, 49153, 98304, 200_001])
@pytest.mark.parametrize("face_input_type", [1, 2])
def test_parts_join_to_the_compact_json_of_the_contract(size_bytes, face_input_type):
    data = bytes(number % 251 for number in range(size_bytes))
    media = Media.of(Capture(data, face_input_type))
    body = plain_body(media)
    whole = b"".join(body.parts)
    fields = {"FaceInput": base64.b64encode(data).decode(), "FaceInputType": face_input_type}
    assert whole == json.dumps(fields, separators=(",", ":")).encode()
    assert body.length_bytes == len(whole) == plain_length_bytes(media)
    assert body.sha256 == hashlib.sha256(whole).hexdigest()


def test_building_a_body_adds_hardly_more_than_its_own_text():
    media = Media(memoryview(bytes(3 << 20)), 2)
    tracemalloc.start()
    body = plain_body(media)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 1.25 * body.length_bytes


def test_a_body_over_10_mib_is_refused_before_it_is_built():
    fits = Media(memoryview(bytes(7_864_293)), 2)
    refuse_too_large(plain_length_bytes(fits))
    assert plain_length_bytes(fits) <= REQUEST_BYTES_MAX
    with pytest.raises(PayloadError, match="the limit is 10485760"):
        refuse_too_large(plain_length_bytes(Media(memoryview(bytes(7_864_294)), 2)))


def test_a_body_between_10_mb_and_10_mib_is_told(caplog):
    with caplog.at_level(logging.WARNING, "client"):
        refuse_too_large(REQUEST_BYTES_SURE)
        assert not caplog.records
        refuse_too_large(REQUEST_BYTES_SURE + 1)
    assert "may refuse it" in caplog.text


@pytest.mark.parametrize("capture", [Capture(b"", 1), Capture(b"x", 0), Capture(b"x", 3)])
def test_an_empty_or_unknown_payload_is_refused(capture):
    with pytest.raises(PayloadError):
        Media.of(capture)


def test_any_object_with_the_two_attributes_is_a_payload():
    assert isinstance(Capture(b"x"), PayloadLike)
    assert not isinstance(object(), PayloadLike)


def test_media_in_a_bytearray_is_taken_as_it_is():
    media = Media.of(Capture(bytearray(b"xyz"), 1))  # type: ignore[arg-type]  # wider than promised
    assert b"".join(plain_body(media).parts) == b'{"FaceInput":"eHl6","FaceInputType":1}'


def test_repr_shows_no_media():
    media = Media.of(Capture(b"face", 1))
    assert "face'" not in repr(media)
    assert "ZmFjZQ" not in repr(plain_body(media))
