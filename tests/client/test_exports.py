import subprocess
import sys

import client


def test_all_lists_exactly_the_public_names_in_order():
    found = {
        name
        for name, value in vars(client).items()
        if not name.startswith("_") and not isinstance(value, type(client))
    }
    assert set(client.__all__) == found
    constants = [name for name in client.__all__ if name.isupper()]
    others = [name for name in client.__all__ if not name.isupper()]
    assert client.__all__ == sorted(constants) + sorted(others)


def test_every_public_name_says_in_a_docstring_what_it_is():
    for name in client.__all__:
        value = getattr(client, name)
        if isinstance(value, type):
            assert value.__doc__, name


def loaded_by(code: str) -> set[str]:
    program = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_import_loads_nothing_heavy():
    loaded = loaded_by("import client")
    heavy = {"numpy", "cv2", "av", "PIL", "mediapipe", "cryptography", "gmssl_pyx", "preprocess"}
    assert not loaded & (heavy | {"httpx", "uvicorn", "click", "rich"})


def test_sending_loads_httpx_but_no_pipeline_and_no_cipher():
    code = (
        "import client; c = client.Client(client.Credentials('a', 'b'), "
        "endpoint='http://127.0.0.1:1'); c._transport()"
    )
    loaded = loaded_by(code)
    assert "httpx" in loaded
    assert not loaded & {"numpy", "cv2", "av", "PIL", "mediapipe", "cryptography", "preprocess"}
