"""The rules: one table, in the order in which reports list them."""

from .clip import CONTAINER_RULES, STREAM_RULES
from .clip_picture import PICTURE_RULES
from .face import FACE_RULES
from .quality import QUALITY_RULES
from .rule import Evidence, Rule, Severity
from .size import SIZE_RULES
from .still import IMG_RULES

RULES: tuple[Rule, ...] = (
    *IMG_RULES,
    *sorted((*CONTAINER_RULES, *PICTURE_RULES, *STREAM_RULES), key=lambda rule: rule.id),
    *SIZE_RULES,
    *FACE_RULES,
    *QUALITY_RULES,
)

__all__ = ["RULES", "Evidence", "Rule", "Severity"]
