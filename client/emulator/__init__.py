"""A local stand-in for DetectAIFakeFaces: it checks like the service and judges nothing."""

from ._log import Record, RequestLog
from ._script import Fault, magic
from ._server import Emulator

__all__ = ["Emulator", "Fault", "Record", "RequestLog", "magic"]
