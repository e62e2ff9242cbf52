"""Files that need no work: what finding that out costs, beside one read of the file and its hash."""

from ..run import Case, Contender, Setting

INPUTS = ("photo-compliant.jpg", "clip-compliant.mp4")


def cases(setting: Setting) -> list[Case]:
    """Return one case for the photo and one for the clip."""
    return [_case(setting, name) for name in INPUTS]


def _case(setting: Setting, name: str) -> Case:
    source = setting.media / name
    given = {"source": str(source)}
    task = "tasks.still:faceready" if name.endswith(".jpg") else "tasks.clip:faceready"
    return Case(
        name=f"as-is-{name}",
        title=f"compliant {'photo' if name.endswith('.jpg') else 'clip'}, left as it is",
        contenders=(
            Contender("faceready", task, given, output_name="ours" + source.suffix),
            Contender("read and sha256", "tasks.process:read_and_hash", given),
        ),
        facts={"source_bytes": source.stat().st_size},
    )
