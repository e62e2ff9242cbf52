"""Every error code of the pipeline: `python -m preprocess.error_codes > docs/error-codes.md`."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What a code means."""

    code: str
    meaning: str
    advice: str


_CAPTURE = "Take the capture again, or send the original file."
_SMALLER = "Send a smaller or shorter capture."
_BUG = "This is a fault of faceready: please report it with the kind of capture."

_TABLE = (
    ("source.empty", "The file has no bytes.", _CAPTURE),
    ("source.unknown", "The first bytes are of no known form.", "Send a photo or clip."),
    ("source.unreadable", "The header makes no sense.", _CAPTURE),
    ("source.truncated", "The end is missing; the message says how much is usable.", "Copy or take it again."),
    ("source.truncated-moov", "The recording stopped before its index was written.", "Let the recorder finish."),
    ("source.damaged", "Bytes inside are wrong: checksum, structure or coded picture.", _CAPTURE),
    ("source.encrypted", "The pictures are encrypted (DRM).", "Send an unprotected clip."),
    ("source.no-video", "Sound only, or nothing but cover art.", "Send the clip with its picture."),
    ("source.no-frames", "A video track without one frame.", _CAPTURE),
    ("source.playlist", "A list or script that points to other files; never followed.", "Send the clip itself."),
    ("source.external-reference", "Pictures that lie in another file; never followed.", "Export it as one file."),
    ("source.unsupported", "A known form that is not on the list.", "Use JPEG, PNG or an H.264 MP4."),
    ("source.unsupported.jpeg", "A JPEG of a rare coding (lossless, 12 bit).", "Save it as an ordinary JPEG."),
    ("source.unsupported.png", "A PNG coded in a way that the format does not define.", "Save it again."),
    ("source.unsupported.mode", "Pixels without a plain meaning as a picture.", "Save it as 8-bit RGB."),
    ("source.codec", "A codec that is not decoded.", "Save it as an H.264 MP4 clip."),
    ("source.container", "A container that is not read.", "Save it as an H.264 MP4 clip."),
    ("source.limit", "A reading limit of the profile.", _SMALLER),
    ("source.limit.bytes", "More bytes than `max_source_bytes`.", _SMALLER),
    ("source.limit.pixels", "More pixels than `max_pixels`; not decoded.", _SMALLER),
    ("source.limit.duration", "Longer than `max_duration_s`; not decoded.", _SMALLER),
    ("source.limit.streams", "More streams than `max_streams`.", "Send a clip with one picture and one sound track."),
    ("source.limit.memory", "Decoding it would need more memory than allowed.", _SMALLER),
    ("machine", "This machine lacks something.", "Run `faceready doctor`."),
    ("machine.shared-library", "A shared library is missing.", "Install the Debian package that the advice names."),
    ("machine.model", "A face model is missing or does not load.", "Reinstall faceready, or correct FACEREADY_MODELS."),
    ("machine.memory", "Memory ran out.", "Free memory, or use --isolate."),
    ("machine.encoder", "FFmpeg lacks an encoder, or it failed.", "Run `faceready doctor`."),
    ("machine.worker", "No worker process can be started.", "Check the limits on processes and memory."),
    ("machine.permission", "A file may not be read or written.", "Give this user the right, or choose another folder."),
    ("machine.read", "Reading failed.", "Check the disk or the connection."),
    ("machine.write", "Writing failed; nothing was left behind.", "Check the disk or the connection."),
    ("machine.disk-full", "The output does not fit; nothing was left behind.", "Make room, or write elsewhere."),
    ("usage", "The call is wrong.", "See `faceready --help`."),
    ("usage.missing", "There is no such file.", "Check the name."),
    ("usage.not-a-file", "A folder, pipe or device where a file is needed.", "Name one file, or pipe it in as `-`."),
    ("usage.source", "Neither path, bytes nor binary file.", "Open the file in binary mode."),
    ("usage.empty", "Nothing that could be a capture among what was named.", "Name photos, clips or their folder."),
    ("usage.exists", "The output's name is taken.", "Use --force, or write elsewhere."),
    ("usage.same-file", "The output would overwrite a source.", "Choose another name."),
    ("usage.collision", "Two outputs would get one name.", "Prepare them one by one, or rename one."),
    ("usage.folder", "The folder to write to is missing.", "Make it first."),
    ("usage.output", "The output cannot have that name.", "Choose an existing folder and a shorter name."),
    ("usage.ceiling", "No payload can be as small as asked for.", "Raise --max-base64-chars."),
    ("usage.profile", "The profile is not valid; the message names table and key.", "Correct it."),
    ("timeout", "The time limit passed.", "Raise --timeout, or send a shorter capture."),
    ("cancelled", "The caller asked to stop.", "Nothing to do."),
    ("isolation.crash", "The worker crashed on this capture; others go on.", "Treat the file as hostile."),
    ("isolation.cpu", "The worker used up its CPU time.", "Treat the file as hostile."),
    ("isolation.forged", "The worker's answer is not one of ours.", "Treat the file as hostile."),
    ("isolation.failed", "The worker failed in a way that nobody foresaw.", _BUG),
    ("internal.verification", "The result broke the rules; it was thrown away.", _BUG),
)  # fmt: skip
"""Code, meaning, advice."""

CODES = {code: CodeEntry(code, meaning, advice) for code, meaning, advice in _TABLE}
"""Each code that `preprocess` raises, in the order of the table."""

_HEAD = """\
# Error codes of the pipeline

Generated by `python -m preprocess.error_codes`; a test compares it with the code.

An error means that a capture could not be judged or a payload could not be made (exit status 2). That a capture breaks
a rule is no error: those are findings with rule ids. What a code says does not depend on whether `prepare`, `check` or
`check --quick` came across it; `check` turns an unreadable source into a failed rule with the same words.

| code | meaning | what to do |
|--|--|--|
"""


def render() -> str:
    """Return the whole page."""
    rows = (f"| `{entry.code}` | {entry.meaning} | {entry.advice} |\n" for entry in CODES.values())
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(render())
