import json

import pytest

from client._answer import Answer, Failure, read_answer, read_failure
from client.errors import (
    ApiError,
    Billed,
    CaptureError,
    NoAnswerError,
    NotSentError,
    UnreadableAnswerError,
)
from client.verdict import Risk


def answer(response: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps({"Response": response}).encode())


def test_a_full_answer_becomes_a_verdict():
    verdict = read_answer(
        answer(
            {
                "AttackRiskLevel": "High",
                "AttackRiskDetailList": [{"Type": "SuspectedSpoofingAttack"}],
                "ExtraInfo": {
                    "RetrievalLivenessExtraInfo": [
                        {"HitGroup": "Common", "SimilarityScore": 0.59, "HitTemplate": "t"}
                    ]
                },
                "RequestId": "r",
            }
        )
    )
    assert verdict.risk is Risk.HIGH
    assert verdict.intercept
    assert verdict.details == ("SuspectedSpoofingAttack",)
    assert verdict.hits[0].is_attack
    assert verdict.request_id == "r"


@pytest.mark.parametrize(
    ("level", "intercept"), [("Low", False), ("Mid", False), ("High", True), ("Extreme", False)]
)
def test_only_high_intercepts(level, intercept):
    assert read_answer(answer({"AttackRiskLevel": level, "RequestId": "r"})).intercept is intercept


TOLERATED = [
    {"AttackRiskDetailList": None, "ExtraInfo": None},
    {"AttackRiskDetailList": [], "ExtraInfo": {}},
    {"AttackRiskDetailList": [None, {}, {"Type": None}, "x"], "ExtraInfo": []},
    {"ExtraInfo": {"RetrievalLivenessExtraInfo": None}},
    {"AttackRiskDetailList": "new", "ExtraInfo": {"New": [1]}, "Newer": {"a": 1}},
]


@pytest.mark.parametrize("fields", TOLERATED)
def test_null_absent_misshapen_and_new_fields_are_tolerated(fields):
    verdict = read_answer(answer({"AttackRiskLevel": "Low", "RequestId": "r", **fields}))
    assert verdict.risk is Risk.LOW
    assert verdict.details == ()
    assert verdict.hits == ()
    assert set(fields) <= set(verdict.raw)


def test_empty_members_of_a_hit_stay_empty():
    extra = {"RetrievalLivenessExtraInfo": [{"HitGroup": None, "SimilarityScore": None}]}
    (hit,) = read_answer(answer({"AttackRiskLevel": "Low", "ExtraInfo": extra})).hits
    assert (hit.group, hit.similarity_score, hit.template_id, hit.is_attack) == (None,) * 4


def test_a_larger_similarity_score_is_no_attack():
    extra = {"RetrievalLivenessExtraInfo": [{"SimilarityScore": 0.6}]}
    (hit,) = read_answer(answer({"AttackRiskLevel": "Low", "ExtraInfo": extra})).hits
    assert hit.is_attack is False


def test_a_level_that_is_new_or_missing_is_unknown_and_kept():
    new = read_answer(answer({"AttackRiskLevel": "Extreme", "RequestId": "r"}))
    assert (new.risk, new.risk_text) == (Risk.UNKNOWN, "Extreme")
    assert read_answer(answer({"RequestId": "r"})).risk is Risk.UNKNOWN
    # A service that said "Unknown" would not have said that it is our word for it.
    assert read_answer(answer({"AttackRiskLevel": "Unknown"})).risk is Risk.UNKNOWN


def test_an_error_code_in_http_200_is_raised_with_its_request_id():
    error = {"Code": "FailedOperation.CoveredFace", "Message": "covered"}
    with pytest.raises(CaptureError, match="covered") as caught:
        read_answer(answer({"Error": error, "RequestId": "r"}))
    assert caught.value.code == "FailedOperation.CoveredFace"
    assert caught.value.request_id == "r"
    assert caught.value.http_status == 200
    assert caught.value.billed is Billed.NO


def test_an_error_without_code_or_message_is_still_an_error():
    with pytest.raises(ApiError) as caught:
        read_answer(answer({"Error": {}}))
    assert caught.value.code == "Unknown"


UNREADABLE = [b"", b"<html>", b"null", b"[]", b'{"Response": null}', b'{"Response": {}}', b"\xff"]


@pytest.mark.parametrize("body", UNREADABLE)
def test_an_unreadable_body_may_have_been_billed(body):
    with pytest.raises(UnreadableAnswerError) as caught:
        read_answer(Answer(200, body))
    assert caught.value.billed is Billed.MAYBE
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("status", "billed"),
    [
        (301, "no"),
        (307, "no"),
        (403, "no"),
        (413, "no"),
        (429, "no"),
        (500, "maybe"),
        (504, "maybe"),
    ],
)
def test_the_http_status_of_a_gateway_decides_about_the_bill(status, billed):
    with pytest.raises(UnreadableAnswerError) as caught:
        read_answer(Answer(status, b"<html>"))
    assert caught.value.billed == billed
    assert caught.value.http_status == status
    assert caught.value.retryable == (status == 429)


def test_an_error_code_under_another_http_status_is_understood():
    with pytest.raises(CaptureError):
        read_answer(answer({"Error": {"Code": "FailedOperation.CoveredFace"}}, status=400))


def test_a_failed_exchange_is_about_money_only_when_the_whole_body_had_left():
    failure = Failure("ReadError")
    before, after = (read_failure(failure, sent_whole=whole) for whole in (False, True))
    assert isinstance(before, NotSentError)
    assert before.retryable
    assert isinstance(after, NoAnswerError)
    assert not after.retryable
    assert after.billed is Billed.MAYBE
