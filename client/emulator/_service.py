"""The emulated service as an ASGI application."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from email.utils import formatdate
from typing import Any, Final

from ..credentials import Credentials
from ..verdict import EMULATED_PREFIX, Risk
from ._checks import FaceRequest, Request, check_common, check_signature, read_face
from ._keys import TestKeys
from ._log import Record, RequestLog
from ._media import decode
from ._refusal import Refusal
from ._script import Fault, Step, find_magic

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Respond = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_RISKS: Final = (Risk.LOW, Risk.MID, Risk.HIGH)
_RISK_WEIGHTS: Final = (80, 15, 5)
_DETAILS: Final = {
    Risk.MID: [{"Type": "SuspectedWatermark"}],
    Risk.HIGH: [{"Type": "SuspectedSpoofingAttack"}, {"Type": "SuspectedSynthesisImage"}],
}
_HTML: Final = b"<html><body>the emulator pretends to be a gateway</body></html>"
_JSON_TYPE: Final = "application/json"
"""Without a charset: the official SDK takes an error under any other type for an empty success."""


class Disconnect(Exception):  # noqa: N818  # a signal between two functions of this module
    """The connection has to be reset now."""


class Service:
    """Judges nothing: checks each request as the service would, then answers from a script.

    Args:
        credentials: The only ones it accepts.
        keys: Its own pairs for encrypted bodies.
        log: Where requests are written down.
        seed: Decides what is not scripted: risk levels, ids, empty or absent lists.
        rate_limit: Requests per window, None for no limit.
        rate_window_s: Length of the window.
        request_bytes_max: Longest body.
        clock_offset_s: Added to this machine's clock.
        told: Called with each finished record, in the server's thread.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        keys: TestKeys,
        log: RequestLog,
        seed: int,
        rate_limit: int | None,
        rate_window_s: float,
        request_bytes_max: int,
        clock_offset_s: float,
        told: Callable[[Record], None] | None = None,
    ) -> None:
        self._told = told
        self.credentials = credentials
        self.clock_offset_s = clock_offset_s
        self._keys = keys
        self._log = log
        self._random = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self._rate_limit = rate_limit
        self._rate_window_s = rate_window_s
        self._admitted_s: deque[float] = deque()
        self._request_bytes_max = request_bytes_max
        self._steps: deque[Step] = deque()
        self._lock = threading.Lock()

    def script(self, words: Iterable[str]) -> None:
        """Answer the next requests with these words, one each."""
        steps = [Step.parse(word) for word in words]
        with self._lock:
            self._steps.extend(steps)

    def forget_script(self) -> None:
        """Drop what is scripted and was not asked for."""
        with self._lock:
            self._steps.clear()

    async def __call__(self, scope: Scope, receive: Receive, respond: Respond) -> None:
        """Serve one request."""
        record = self._log.open(time.monotonic())
        try:
            await self._serve(scope, receive, respond, record)
        except Disconnect:
            transport = scope.get("state", {}).get("transport")
            if transport is not None:
                transport.abort()
                await asyncio.sleep(0.01)  # lets the server notice before the application returns
        finally:
            if self._told is not None:
                self._told(record)

    async def _serve(
        self, scope: Scope, receive: Receive, respond: Respond, record: Record
    ) -> None:
        step = self._next_step()
        if step is not None and step.fault is Fault.DROP_EARLY:
            record.fault, record.outcome = Fault.DROP_EARLY, "dropped"
            await receive()
            raise Disconnect
        body = await self._body(receive, record)
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        record.region = headers.get("x-tc-region")
        record.language = headers.get("x-tc-language")
        try:
            face = await self._checked(Request(scope["method"], headers, body), record)
            word, bare = find_magic(face.media)
            step = step or word or Step()
            if step.fault is not None and not step.fault.judged:
                record.fault = step.fault
                if step.fault is Fault.DROP_EARLY:
                    raise Disconnect
                await self._refuse(step.fault, respond, record)
                return
            if not bare:
                await asyncio.to_thread(decode, face.media, face.face_input_type)
            if step.code is not None:
                raise Refusal(code=step.code, message=f"Scripted by the emulator: {step.code}.")
        except Refusal as refusal:
            record.outcome = refusal.code
            error = {"Code": refusal.code, "Message": refusal.message}
            await self._answer(respond, {"Error": error})
            return
        risk = step.risk or self._random.choices(_RISKS, _RISK_WEIGHTS)[0]
        record.outcome, record.billed, record.fault = risk, True, step.fault
        await self._judged(step, self._verdict(risk), respond)

    def _next_step(self) -> Step | None:
        with self._lock:
            return self._steps.popleft() if self._steps else None

    async def _body(self, receive: Receive, record: Record) -> bytes:
        """The whole body; what is over the limit is read and thrown away."""
        parts = []
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                record.outcome = "client went away"
                raise Disconnect
            part = message.get("body", b"")
            record.body_bytes += len(part)
            if record.body_bytes <= self._request_bytes_max:
                parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts)

    async def _checked(self, request: Request, record: Record) -> FaceRequest:
        if record.body_bytes > self._request_bytes_max:
            raise Refusal(code="RequestSizeLimitExceeded", message="The request is too large.")
        check_common(request, now_s=time.time() + self.clock_offset_s)
        check_signature(request, self.credentials)
        self._admit(record.arrived_s)
        face = read_face(request, self._keys)
        record.face_input_type = face.face_input_type
        record.encryption = face.encryption
        record.media_bytes = len(face.media)
        record.media_id = hashlib.sha256(face.media).hexdigest()[:16]
        return face

    def _admit(self, arrived_s: float) -> None:
        if self._rate_limit is None:
            return
        admitted = self._admitted_s
        while admitted and arrived_s - admitted[0] >= self._rate_window_s:
            admitted.popleft()
        if len(admitted) >= self._rate_limit:
            raise Refusal(
                code="RequestLimitExceeded",
                message=f"Your request rate reached `{len(admitted) + 1}` times a second, "
                f"the limit is `{self._rate_limit}`.",
            )
        admitted.append(arrived_s)

    def _verdict(self, risk: Risk) -> dict[str, object]:
        details: object = _DETAILS.get(risk)
        if details is None:
            details = self._random.choice([None, []])
        response: dict[str, object] = {"AttackRiskLevel": risk.value}
        if details is not None or self._random.random() < 0.5:
            response["AttackRiskDetailList"] = details
        if risk is Risk.HIGH:
            hit = {"HitGroup": "Common", "SimilarityScore": 0.31, "HitTemplate": "emulated"}
            response["ExtraInfo"] = {"RetrievalLivenessExtraInfo": [hit]}
        return response

    async def _refuse(self, fault: Fault, respond: Respond, record: Record) -> None:
        if fault is Fault.THROTTLE:
            record.outcome = "RequestLimitExceeded"
            message = "Your request rate reached `6` times a second, the limit is `5`."
            error = {"Code": record.outcome, "Message": message}
            await self._answer(respond, {"Error": error})
        elif fault is Fault.REDIRECT:
            record.outcome = "HTTP 307"
            headers = [(b"location", b"https://elsewhere.invalid/")]
            await self._raw(respond, _HTML, status=307, kind="text/html", headers=headers)
        else:
            record.outcome = "HTTP 429"
            await self._raw(respond, _HTML, status=429, kind="text/html")

    async def _judged(self, step: Step, response: dict[str, object], respond: Respond) -> None:
        if step.fault is Fault.DROP_LATE:
            raise Disconnect
        if step.fault is Fault.GATEWAY:
            await self._raw(respond, _HTML, status=502, kind="text/html")
        elif step.fault is Fault.GARBAGE:
            await self._raw(respond, _HTML, kind="text/html")
        elif step.fault is Fault.HALF:
            text = self._text(response)
            await self._raw(respond, text[: len(text) // 2], length=len(text), more=True)
            raise Disconnect
        elif step.fault is Fault.DRIBBLE:
            text = self._text(response)
            await self._raw(respond, b"", length=len(text), more=True)
            for index in range(len(text)):
                await asyncio.sleep(step.seconds)
                last = index == len(text) - 1
                piece = text[index : index + 1]
                await respond({"type": "http.response.body", "body": piece, "more_body": not last})
        else:
            if step.fault is Fault.DELAY:
                await asyncio.sleep(step.seconds)
            kind = "text/html" if step.fault is Fault.WRONG_TYPE else _JSON_TYPE
            await self._raw(respond, self._text(response), kind=kind)

    def _text(self, response: dict[str, object]) -> bytes:
        request_id = EMULATED_PREFIX + str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        return json.dumps({"Response": {**response, "RequestId": request_id}}).encode()

    async def _answer(self, respond: Respond, response: dict[str, object]) -> None:
        await self._raw(respond, self._text(response))

    async def _raw(
        self,
        respond: Respond,
        body: bytes,
        *,
        status: int = 200,
        kind: str = _JSON_TYPE,
        headers: Iterable[tuple[bytes, bytes]] = (),
        length: int | None = None,
        more: bool = False,
    ) -> None:
        date = formatdate(time.time() + self.clock_offset_s, usegmt=True)
        await respond(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", kind.encode()),
                    (b"content-length", str(len(body) if length is None else length).encode()),
                    (b"date", date.encode()),
                    (b"server", b"faceready-emulator"),
                    *headers,
                ],
            }
        )
        await respond({"type": "http.response.body", "body": body, "more_body": more})
