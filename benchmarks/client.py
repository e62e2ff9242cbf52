"""The client beside the official SDK: CPU time, memory and import time of one 8 MiB call.

`python -m benchmarks.client` prints a table, `--json FILE` writes the figures (`-` for standard
output). Both clients send the same raw video to the same loopback server, which reads and answers
in a process of its own and so costs neither of them anything. Each figure comes from fresh
processes, alternating between the two; ratios are medians of pairs.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

RAW_BYTES: Final = 6 * 1024 * 1024
"""Media whose base64 is 8 MiB long."""
BASE64_CHARS: Final = RAW_BYTES // 3 * 4
CALLS: Final = 20
PAIRS: Final = 5

_ANSWER: Final = json.dumps(
    {"Response": {"AttackRiskLevel": "Low", "AttackRiskDetailList": [], "RequestId": "benchmark"}}
).encode()


# --- the server -------------------------------------------------------------------------------


def serve() -> None:
    """Answer every POST on a loopback port, which is printed first; ends with its parent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _serve_connection(connection)


def _serve_connection(connection: socket.socket) -> None:
    scratch = bytearray(1 << 20)
    head = b""
    while True:
        while b"\r\n\r\n" not in head:
            piece = connection.recv(1 << 16)
            if not piece:
                return
            head += piece
        header, _, body = head.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in header.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        missing = length - len(body)
        while missing > 0:
            missing -= connection.recv_into(scratch, min(len(scratch), missing))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(_ANSWER), _ANSWER)
        )
        head = b""


# --- what is measured, each in a process of its own ------------------------------------------


def _media() -> bytes:
    return bytes(range(256)) * (RAW_BYTES // 256)


class _OurCall:
    def __init__(self, port: int) -> None:
        from client import Client, Credentials, Pacer

        self._client = Client(
            Credentials("id", "key"),
            endpoint=f"http://127.0.0.1:{port}",
            pacer=Pacer(10**6),
        )

    def __call__(self, media: bytes) -> str:
        verdict = self._client.detect(SimpleNamespace(data=media, face_input_type=2))
        return verdict.risk.value


class _SdkCall:
    def __init__(self, port: int) -> None:
        from tencentcloud.common import credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.faceid.v20180301 import faceid_client, models

        http = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{port}")
        self._models = models
        self._client = faceid_client.FaceidClient(
            credential.Credential("id", "key"), "", ClientProfile(httpProfile=http)
        )

    def __call__(self, media: bytes) -> str:
        import base64

        request = self._models.DetectAIFakeFacesRequest()
        request.FaceInput = base64.b64encode(media).decode()
        request.FaceInputType = 2
        return str(self._client.DetectAIFakeFaces(request).AttackRiskLevel)


_CALLS: Final = {"faceready": _OurCall, "sdk": _SdkCall}


def measure_calls(who: str, port: int, calls: int) -> dict[str, float]:
    """CPU and wall time of one call, in seconds: median over `calls`, after one to warm up."""
    call = _CALLS[who](port)
    media = _media()
    assert call(media) == "Low"
    cpu_s, wall_s = [], []
    for _ in range(calls):
        cpu, wall = time.process_time(), time.perf_counter()
        call(media)
        cpu_s.append(time.process_time() - cpu)
        wall_s.append(time.perf_counter() - wall)
    return {
        "cpu_s": statistics.median(cpu_s),
        "cpu_best_s": min(cpu_s),
        "wall_s": statistics.median(wall_s),
        "wall_best_s": min(wall_s),
    }


def measure_memory(who: str, port: int) -> dict[str, float]:
    """Peak memory that one call adds, by Python's own count and by the process's high-water mark.

    The count of the SDK leaves out the base64 text, which its caller has to make and to hold.
    """
    call = _CALLS[who](port)
    media = _media()
    call(b"\0" * 30_000)  # loads what is loaded late
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    call(media)
    after_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    call(media)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    return {
        "peak_bytes": peak_bytes,
        "peak_ratio": peak_bytes / BASE64_CHARS,
        "rss_ratio": (after_kib - before_kib) * 1024 / BASE64_CHARS,
    }


def measure_signing(calls: int = CALLS) -> dict[str, float]:
    """Wall time to code, hash and sign 8 MiB, in seconds."""
    from client._body import plain_body
    from client._signing import sign
    from client.credentials import Credentials
    from client.payload import Media

    credentials = Credentials("id", "key")
    media = Media(memoryview(_media()), 2)
    times_s = []
    for _ in range(calls + 1):
        start = time.perf_counter()
        body = plain_body(media)
        sign(
            credentials,
            host="localhost",
            payload_sha256=body.sha256,
            body_bytes=body.length_bytes,
            timestamp_s=0,
        )
        times_s.append(time.perf_counter() - start)
    return {"wall_s": statistics.median(times_s[1:]), "wall_best_s": min(times_s[1:])}


def measure_import(module: str) -> dict[str, float]:
    """CPU time of one import in a fresh interpreter, in seconds."""
    start = time.process_time()
    __import__(module)
    return {"cpu_s": time.process_time() - start}


# --- putting it together ----------------------------------------------------------------------


def _fresh(*words: str) -> dict[str, float]:
    """One measurement in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.client", "--measure", *words]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parent.parent,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def has_sdk() -> bool:
    """True when the official SDK is installed here."""
    try:
        importlib.metadata.version("tencentcloud-sdk-python-intl-en")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def run(*, pairs: int = PAIRS, calls: int = CALLS) -> dict[str, Any]:
    """All figures; those of the SDK only when it is installed."""
    whos = ("faceready", "sdk") if has_sdk() else ("faceready",)
    command = [sys.executable, "-m", "benchmarks.client", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            rounds = [
                {who: _fresh("calls", who, port, str(calls)) for who in whos} for _ in range(pairs)
            ]
            memory = {who: _fresh("memory", who, port) for who in whos}
        finally:
            server.terminate()
    imports = [
        {name: _fresh("import", name)["cpu_s"] for name in ("httpx", "client")}
        for _ in range(pairs)
    ]
    result: dict[str, Any] = {
        "raw_bytes": RAW_BYTES,
        "base64_chars": BASE64_CHARS,
        "call": {
            who: {key: statistics.median(r[who][key] for r in rounds) for key in rounds[0][who]}
            for who in whos
        },
        "memory": memory,
        "signing": _fresh("signing"),
        "import": {
            "client_cpu_s": statistics.median(i["client"] for i in imports),
            "httpx_cpu_s": statistics.median(i["httpx"] for i in imports),
            "ratio": statistics.median(i["client"] / i["httpx"] for i in imports),
        },
        "versions": _versions(),
    }
    if "sdk" in whos:
        result["ratios"] = {
            key: statistics.median(r["faceready"][key] / r["sdk"][key] for r in rounds)
            for key in rounds[0]["sdk"]
        }
    return result


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("httpx", "httpcore", "tencentcloud-sdk-python-intl-en"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def _table(result: dict[str, Any]) -> str:
    lines = [
        f"one call with {RAW_BYTES / 2**20:g} MiB of video, {BASE64_CHARS / 2**20:g} MiB base64"
    ]
    for who, figures in result["call"].items():
        memory = result["memory"][who]
        lines.append(
            f"  {who:10} CPU {figures['cpu_s'] * 1e3:6.1f} ms  wall {figures['wall_s'] * 1e3:6.1f} ms"
            f"  extra memory {memory['peak_ratio']:.2f} x base64"
        )
    if "ratios" in result:
        ratios = result["ratios"]
        lines.append(f"  ratio      CPU {ratios['cpu_s']:.2f}  wall {ratios['wall_s']:.2f}")
    signing = result["signing"]["wall_s"]
    lines.append(f"code, hash and sign: {signing * 1e3:.1f} ms")
    lines.append(f"import client / import httpx: {result['import']['ratio']:.2f}")
    return "\n".join(lines)


def _measure(words: list[str]) -> dict[str, float]:
    match words:
        case ["calls", who, port, calls]:
            return measure_calls(who, int(port), int(calls))
        case ["memory", who, port]:
            return measure_memory(who, int(port))
        case ["signing"]:
            return measure_signing()
        case ["import", module]:
            return measure_import(module)
    message = f"nothing to measure by the name of {words}"
    raise SystemExit(message)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", metavar="FILE", help="where to write the figures, - for stdout")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
    elif options.measure:
        print(json.dumps(_measure(options.measure)))
    else:
        result = run(pairs=options.pairs, calls=options.calls)
        text = json.dumps(result, indent=2)
        if options.json == "-":
            print(text)
        elif options.json:
            Path(options.json).write_text(text + "\n", encoding="utf-8")
        if options.json != "-":
            print(_table(result))


if __name__ == "__main__":
    main()
