import pytest

from client._client import _proxy_for
from client._endpoint import INTERNATIONAL, MAINLAND, Endpoint
from client.errors import EndpointError

GOOD = {
    INTERNATIONAL: ("https://faceid.intl.tencentcloudapi.com/", "faceid.intl.tencentcloudapi.com"),
    MAINLAND: ("https://faceid.tencentcloudapi.com/", "faceid.tencentcloudapi.com"),
    "faceid.ap-singapore.tencentcloudapi.com": (
        "https://faceid.ap-singapore.tencentcloudapi.com/",
        "faceid.ap-singapore.tencentcloudapi.com",
    ),
    "https://example.com:8443/": ("https://example.com:8443/", "example.com:8443"),
    "https://example.com:443": ("https://example.com/", "example.com"),
    "http://127.0.0.1:18080": ("http://127.0.0.1:18080/", "127.0.0.1:18080"),
    "http://localhost": ("http://localhost/", "localhost"),
    "http://[::1]:9": ("http://[::1]:9/", "[::1]:9"),
}


@pytest.mark.parametrize("text", GOOD)
def test_a_good_address_is_taken_with_the_host_as_it_will_be_sent(text):
    endpoint = Endpoint.parse(text)
    assert (endpoint.url, endpoint.host) == GOOD[text]


BAD = [
    "http://faceid.intl.tencentcloudapi.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://10.0.0.1",
    "ftp://example.com",
    "https://user:password@example.com",
    "https://example.com/path",
    "https://example.com?x=1",
    "https://example.com#x",
    "https://exämple.com",
    "https://exa mple.com",
    "https://example.com:99999",
    "https://",
    "",
    "https://[::1",
]


@pytest.mark.parametrize("text", BAD)
def test_a_bad_address_is_refused_without_being_repeated(text):
    with pytest.raises(EndpointError) as caught:
        Endpoint.parse(text)
    assert "password" not in str(caught.value)
    assert not text or text not in str(caught.value)


def test_the_proxy_comes_from_the_environment_unless_the_host_is_excepted(monkeypatch):
    remote = Endpoint.parse("https://faceid.intl.tencentcloudapi.com")
    for name in ("HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    assert _proxy_for(remote, None) == "http://proxy:1"
    assert _proxy_for(remote, "http://other:2") == "http://other:2"
    monkeypatch.setenv("no_proxy", ".tencentcloudapi.com")
    assert _proxy_for(remote, None) is None


def test_loopback_never_uses_a_proxy(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    monkeypatch.setenv("http_proxy", "http://proxy:1")
    assert _proxy_for(Endpoint.parse("http://127.0.0.1:9"), "http://other:2") is None
