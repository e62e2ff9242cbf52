import pickle
from pathlib import Path

import pytest

from client import ApiError, AuthError, ClientError, ThrottledError
from client.codes import CODES, api_error, entry_for
from client.error_table import render
from client.errors import AccountError, RequestError, ServiceError

DOCS = Path(__file__).parents[2] / "docs"


def raised(code: str) -> ApiError:
    return api_error(code, "", request_id="r", http_status=200)


def test_the_documented_table_is_the_one_in_the_code():
    assert (DOCS / "errors.md").read_text(encoding="utf-8") == render()


# Every code named by the contract, section 6, group by group.
SPECIFIC = """
FailedOperation.CoveredFace FailedOperation.DetectEngineSystemError FailedOperation.ImageDecodeFailed
FailedOperation.IncompleteFace FailedOperation.PoorImageQuality FailedOperation.UnKnown
FailedOperation.VideoDecodeFailed FailedOperation.VideoDurationExceeded InvalidParameter
InvalidParameterValue RequestLimitExceeded UnauthorizedOperation.Arrears
UnauthorizedOperation.ChargeStatusException UnauthorizedOperation.Nonactivated
""".split()  # noqa: SIM905  # a list of forty would fill the screen
COMMON = """
AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure
AuthFailure.SecretIdNotFound AuthFailure.SignatureExpire AuthFailure.SignatureFailure
AuthFailure.TokenFailure AuthFailure.UnauthorizedOperation UnauthorizedOperation IpInBlacklist
IpNotInWhitelist RequestLimitExceeded.GlobalRegionUinLimitExceeded
RequestLimitExceeded.IPLimitExceeded RequestLimitExceeded.UinLimitExceeded LimitExceeded InternalError
ServiceUnavailable ResourceUnavailable ResourceInsufficient ResourceInUse RequestSizeLimitExceeded
ResponseSizeLimitExceeded ActionOffline InvalidAction InvalidRequest MissingParameter NoSuchProduct
NoSuchVersion UnknownParameter UnsupportedOperation UnsupportedProtocol UnsupportedRegion
FailedOperation ResourceNotFound DryRunOperation FailedOperation.DecryptSystemError
FailedOperation.EncryptSystemError FailedOperation.CompressVideoError
FailedOperation.ImageSizeTooLarge FailedOperation.StsUnAuthErrError UnauthorizedOperation.NonAuthorize
UnauthorizedOperation.Activating UnauthorizedOperation.ActivateError
InvalidParameter.UnsupportEncryptField
""".split()  # noqa: SIM905  # a list of forty would fill the screen


def test_every_code_of_the_contract_is_in_the_table():
    assert set(CODES) == {*SPECIFIC, *COMMON}
    assert {code for code, entry in CODES.items() if entry.specific} == set(SPECIFIC)


@pytest.mark.parametrize("code", CODES)
def test_every_code_comes_out_as_its_class_with_all_it_knows(code):
    error = raised(code)
    entry = CODES[code]
    assert type(error) is entry.error
    assert (error.code, error.request_id, error.http_status) == (code, "r", 200)
    assert error.message == entry.meaning
    assert error.billed == "no"
    assert error.retryable == (entry.retries_max > 0)
    assert code in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AuthFailure.Brandnew", AuthError),
        ("UnauthorizedOperation.Brandnew", AccountError),
        ("RequestLimitExceeded.Brandnew", ThrottledError),
        ("InternalError.Brandnew", ServiceError),
        ("InvalidParameterValue.Brandnew", RequestError),
        ("FailedOperation.Brandnew", ApiError),
        ("Brandnew", ApiError),
        ("", ApiError),
    ],
)
def test_an_unknown_code_survives_in_the_class_of_its_family(code, kind):
    error = raised(code)
    assert type(error) is kind
    assert error.code == code


def test_an_unknown_failed_operation_is_not_repeated():
    assert entry_for("FailedOperation.Brandnew").retries_max == 0


def test_errors_cross_a_process_pool_whole():
    error = raised("RequestLimitExceeded")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert type(copy) is type(error)
    assert copy.__dict__ == error.__dict__
    assert str(copy) == str(error)


def test_every_error_of_the_package_has_one_base():
    kinds = [ClientError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    assert len(kinds) > 15
    assert all(kind.__doc__ for kind in kinds)
