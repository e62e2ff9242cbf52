"""One call over loopback: our client beside the official SDK."""

from ..run import Case, Contender, Setting

INPUTS = ()
_SIZES = {"300 KiB": 300 * 1024, "8 MiB": 8 * 1024 * 1024}
"""Length of the base64 text."""
_CALLS = {"300 KiB": 40, "8 MiB": 8}


def cases(setting: Setting) -> list[Case]:
    """Return calls of two sizes, and signing alone."""
    del setting
    return [*(_call(size) for size in _SIZES), _signing("8 MiB")]


def _given(size: str) -> dict[str, int]:
    return {"media_bytes": _SIZES[size] // 4 * 3, "calls": _CALLS[size]}


def _call(size: str) -> Case:
    given, task = _given(size), "tasks.sending:call"
    return Case(
        name=f"client-{size.replace(' ', '').lower()}",
        title=f"{_CALLS[size]} calls with {size} of base64 over loopback",
        contenders=(
            Contender("faceready Client", task, given | {"who": "faceready"}),
            Contender("official SDK", task, given | {"who": "sdk"}, environment="sdk"),
        ),
        facts={"calls": _CALLS[size], "base64_chars": _SIZES[size]},
    )


def _signing(size: str) -> Case:
    given = _given(size)
    return Case(
        name="client-signing",
        title=f"{_CALLS[size]} bodies of {size} coded, hashed and signed, nothing sent",
        contenders=(
            Contender("faceready Client", "tasks.sending:sign", given),
            Contender("official SDK", "tasks.sending:sign_with_sdk", given, environment="sdk"),
        ),
        facts={"calls": _CALLS[size], "base64_chars": _SIZES[size]},
    )
