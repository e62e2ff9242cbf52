"""Where the rules come from."""

from __future__ import annotations

from datetime import date

from .rule import Document

API = Document(
    "Tencent Cloud, DetectAIFakeFaces (tencentcloud.com/document/product/1061/64467)",
    date(2026, 5, 22),
)
"""Limits and advice of the service itself, and its table of error codes."""

EXIF = Document("CIPA DC-008-2023, Exif 3.0, section 4.6.5.1.6 (Orientation)", date(2023, 5, 1))

ISO_BMFF = Document("ISO/IEC 14496-12:2022 (boxes, edit lists, display matrix)", date(2022, 1, 1))

H264 = Document("ITU-T H.264 (08/2021), High profile and below", date(2021, 8, 22))

LEAST_READER = Document(
    "faceready: a payload does not depend on what a reader may ignore (docs/rules.md)",
    date(2026, 11, 23),
)
"""Tags that one decoder honours and the next ignores: the service does not say which kind it has."""

PRIVACY = Document(
    "faceready: what identifies people or places does not leave the device (docs/rules.md)",
    date(2026, 11, 23),
)

FACE_QUALITY = Document("ISO/IEC 29794-5:2025, face image quality", date(2025, 4, 1))
"""What the measures mean; the thresholds are ours and uncalibrated, so they only warn."""
