import os
import stat
import threading

import pytest

from client import Client, Credentials, CredentialsError, RefreshingCredentials, Secret
from client.credentials import find_credentials, from_environment, from_profile

SET = {"TENCENTCLOUD_SECRET_ID": "the-id", "TENCENTCLOUD_SECRET_KEY": "the-key"}


def test_the_environment_comes_first(tmp_path):
    file = tmp_path / "credentials"
    file.write_text("[default]\nsecret_id = other\nsecret_key = other\n")
    found = find_credentials({**SET, "TENCENTCLOUD_TOKEN": "the-token"}, files=(file,))()
    assert found == Credentials("the-id", "the-key", token="the-token")
    assert found.source == "the environment"


def test_the_profile_file_comes_second(tmp_path):
    file = tmp_path / "credentials"
    file.write_text("[default]\nsecret_id = file-id\nsecret_key = %file-key\ntoken = t\n[x]\n")
    found = find_credentials({}, files=(tmp_path / "none", file))()
    assert found == Credentials("file-id", "%file-key", token="t")


def test_the_machine_role_comes_last_and_only_when_it_is_used(tmp_path):
    asked = []

    def role():
        asked.append(1)
        return Credentials("role", "key")

    source = find_credentials({}, files=(tmp_path / "none",), machine_role=role)
    assert not asked
    assert source().secret_id == "role"
    source()
    assert len(asked) == 1


def test_nothing_found_is_an_error_that_tells_where_it_looked(tmp_path):
    with pytest.raises(CredentialsError, match="environment") as caught:
        find_credentials({}, files=(tmp_path / "none",))
    assert "TENCENTCLOUD_SECRET_ID" in caught.value.advice


@pytest.mark.parametrize("name", SET)
def test_half_a_pair_in_the_environment_is_an_error(name):
    with pytest.raises(CredentialsError):
        from_environment({name: "x"})


@pytest.mark.parametrize(
    "text", ["secret_key = hush-hush\n", "[other]\nsecret_id = a\n", "[default]\nsecret_id = a\n"]
)
def test_a_broken_profile_file_is_told_without_its_content(tmp_path, text):
    file = tmp_path / "credentials"
    file.write_text(text)
    with pytest.raises(CredentialsError) as caught:
        from_profile((file,))
    assert "hush" not in f"{caught.value!r} {caught.value.__context__!r}"
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_profile_file_is_an_error(tmp_path):
    file = tmp_path / "credentials"
    file.write_text("[default]\n")
    file.chmod(stat.S_IWUSR)
    with pytest.raises(CredentialsError, match="cannot be read"):
        from_profile((file,))


def test_a_binary_profile_file_is_an_error(tmp_path):
    file = tmp_path / "credentials"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CredentialsError, match="cannot be read"):
        from_profile((file,))


@pytest.mark.parametrize("pair", [("", "k"), ("i", ""), ("i ", "k"), ("i", "k\n"), ("i", "a b")])
def test_a_pair_with_blanks_is_refused_before_it_costs_a_request(pair):
    with pytest.raises(CredentialsError):
        Credentials(*pair)


def test_credentials_show_nothing_of_themselves():
    shown = repr(Credentials("the-id", "the-key", token="the-token"))
    assert "the-" not in shown
    assert "the-" not in repr(Secret("the-key"))
    assert "the-" not in str(Secret("the-key"))
    assert f"{Secret('the-key')}" == repr(Secret("the-key"))


def test_an_empty_token_is_none():
    assert Credentials("i", "k", token="").token is None


def test_temporary_credentials_are_renewed_before_they_expire():
    now_s = [0.0]
    made = []

    def source():
        made.append(Credentials("i", "k", expires_at_s=now_s[0] + 1000.0))
        return made[-1]

    refreshing = RefreshingCredentials(source, renew_before_s=300.0, now=lambda: now_s[0])
    assert refreshing() is refreshing() is made[0]
    now_s[0] = 699.0
    assert refreshing() is made[0]
    now_s[0] = 700.0
    assert refreshing() is made[1]


def test_many_threads_ask_the_source_once():
    asked = []
    gate = threading.Event()

    def source():
        gate.wait(5)
        asked.append(1)
        return Credentials("i", "k")

    refreshing = RefreshingCredentials(source)
    threads = [threading.Thread(target=refreshing) for _ in range(10)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_refused_credentials_are_forgotten_unless_newer_ones_are_held():
    made = iter([Credentials("i", "1"), Credentials("i", "2")])
    refreshing = RefreshingCredentials(lambda: next(made))
    first = refreshing()
    refreshing.forget(Credentials("i", "1"))
    assert refreshing() is first
    refreshing.forget(first)
    assert refreshing() == Credentials("i", "2")


def test_from_env_takes_the_region_and_lets_arguments_win():
    environ = {**SET, "TENCENTCLOUD_REGION": "ap-jakarta"}
    with Client.from_env(environ=environ) as client:
        assert client._settings.region == "ap-jakarta"
    with Client.from_env(environ=environ, region="ap-singapore") as client:
        assert client._settings.region == "ap-singapore"
    with Client.from_env(environ=SET) as client:
        assert client._settings.region is None
