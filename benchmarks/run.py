"""Runs contenders against one another: a fresh process for each measurement, turn and turn about."""

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import environments

TASK_TIME_LIMIT_S = 300.0
"""Far above the slowest task (ten seconds); a hang must not stop the whole table."""
_ERROR_LINES = 3


class TaskError(Exception):
    """A task ended without a reading; the message is the end of what it said."""


@dataclass(frozen=True)
class Contender:
    """One way of doing what a case asks for."""

    name: str
    task: str
    """`tasks.module:function` under `benchmarks`."""
    arguments: dict[str, Any] = field(default_factory=dict)
    environment: str = environments.OWN
    programs: tuple[str, ...] = ()
    """Programs it calls, looked for on PATH."""
    output_name: str | None = None
    """Where the task leaves its result: it gets the argument `output`, a path that ends so."""
    rounds: int | None = None
    """Measurements; None takes the command's. Fewer only where one lasts a minute."""
    series: str | None = None
    """Line of a growth case that it belongs to."""
    x: float | None = None
    """Its place on the axis of a growth case."""


Score = Callable[[Path, dict[str, Any]], dict[str, Any]]
"""From a contender's output and facts to figures of fidelity."""


@dataclass(frozen=True)
class Case:
    """Something to do, and those who do it."""

    name: str
    title: str
    """One sentence for the table."""
    contenders: tuple[Contender, ...]
    """The first one is ours; ratios in the table are ours over theirs."""
    score: Score | None = None
    limits: dict[str, float] = field(default_factory=dict)
    """Contender to the most that ours may cost in CPU time over its."""
    caps: dict[str, float] = field(default_factory=dict)
    """Reading to the most that ours may have: {"cpu_s": 1.0}."""
    axis: str | None = None
    """Of a growth case: what `Contender.x` counts, with unit."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What is worth knowing about the input: sizes, lengths, settings."""


@dataclass(frozen=True)
class Setting:
    """What a case needs to build itself."""

    media: Path
    """Folder of generated inputs."""
    scratch: Path
    """Folder for outputs; gone when the command ends."""
    rounds: int

    def ask(self, task: str, **arguments: Any) -> dict[str, Any]:
        """Run a task once, uncounted, in our environment, and return what it tells."""
        contender = Contender("ask", task, arguments)
        return dict(measure(contender, None)["facts"])


def measure(contender: Contender, output: Path | None) -> dict[str, Any]:
    """Run a contender once in a fresh process and return its reading.

    Args:
        contender: Whom to run; its environment must be installed.
        output: Passed on to the task as `output`; None leaves the argument out.

    Raises:
        TaskError: It failed, or took longer than `TASK_TIME_LIMIT_S` and was ended.
    """
    python = environments.interpreter(contender.environment)
    arguments = contender.arguments | ({"output": str(output)} if output else {})
    quiet = {"GLOG_minloglevel": "3", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": "."}
    with tempfile.TemporaryDirectory() as place:
        result = Path(place) / "reading.json"
        command = [python, "-m", "benchmarks.worker", contender.task, json.dumps(arguments), result]
        try:
            done = subprocess.run(
                [str(word) for word in command],
                cwd=environments.ROOT,
                env=os.environ | quiet,
                capture_output=True,
                timeout=TASK_TIME_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            message = f"{contender.name}: not done after {TASK_TIME_LIMIT_S:.0f} s"
            raise TaskError(message) from exc
        if done.returncode or not result.exists():
            said = _last_lines(done.stderr)
            message = f"{contender.name}: exit {done.returncode}: {said}"
            raise TaskError(message)
        return dict(json.loads(result.read_text()))


def _last_lines(said: bytes) -> str:
    """Return the end of what a task wrote to stderr, without this machine's paths."""
    text = said.decode(errors="replace").replace(str(environments.ROOT), ".")
    text = text.replace(str(Path.home()), "~")
    return " / ".join(line.strip() for line in text.strip().splitlines()[-_ERROR_LINES:])


def run(case: Case, setting: Setting, tell: Callable[[str], None]) -> dict[str, Any]:
    """Measure all contenders of a case, interleaved, and return the table's data.

    A contender that cannot run is listed with the reason; it stops nobody else.
    """
    states = [_blank(contender) for contender in case.contenders]
    rounds = max(contender.rounds or setting.rounds for contender in case.contenders)
    for number in range(rounds):
        tell(f"{case.name}: round {number + 1} of {rounds}")
        for contender, state in zip(case.contenders, states, strict=True):
            is_done = number >= (contender.rounds or setting.rounds)
            if state["missing"] or state["error"] or is_done:
                continue
            try:
                state["samples"].append(measure(contender, _output(case, contender, setting)))
            except TaskError as exc:
                state["error"] = str(exc)
    for contender, state in zip(case.contenders, states, strict=True):
        if state["error"] or not state["samples"]:
            continue
        state |= summarise(state["samples"])
        output = _output(case, contender, setting)
        if output and output.exists():
            state["facts"]["output_bytes"] = output.stat().st_size
            if case.score:
                tell(f"{case.name}: fidelity of {contender.name}")
                state["fidelity"] = case.score(output, state["facts"])
    return {
        "name": case.name,
        "title": case.title,
        "facts": case.facts,
        "axis": case.axis,
        "contenders": states,
        "targets": _targets(case, states),
    }


def _blank(contender: Contender) -> dict[str, Any]:
    return {
        "name": contender.name,
        "series": contender.series,
        "x": contender.x,
        "missing": environments.missing(contender),
        "error": None,
        "samples": [],
    }


def _targets(case: Case, states: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hold ours, the first contender, to the case's limits and caps; what could not be measured is None."""
    medians = {state["name"]: state.get("median") for state in states}
    ours = medians[case.contenders[0].name]
    held = []
    for name, limit in case.limits.items():
        theirs = medians.get(name)
        measured = ours["cpu_s"] / theirs["cpu_s"] if ours and theirs else None
        held.append({"what": f"CPU time over {name}", "limit": limit, "measured": measured})
    for reading, limit in case.caps.items():
        measured = ours[reading] if ours else None
        held.append({"what": reading, "limit": limit, "measured": measured})
    for target in held:
        target["is_met"] = (
            None if target["measured"] is None else target["measured"] <= target["limit"]
        )
    return held


def _output(case: Case, contender: Contender, setting: Setting) -> Path | None:
    if contender.output_name is None:
        return None
    place = setting.scratch / case.name
    place.mkdir(parents=True, exist_ok=True)
    number = case.contenders.index(contender)
    return place / f"{number}-{contender.output_name}"


def summarise(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return median, best and spread of the readings, the medians of the parts, and the last facts.

    The spread is the distance between the quartiles over the median: a share, 0 for one reading.
    """
    summary: dict[str, Any] = {"median": {}, "best": {}, "spread": {}}
    for key in ("wall_s", "cpu_s", "peak_mib", "rise_mib"):
        values = [float(sample[key]) for sample in samples]
        middle = statistics.median(values)
        summary["median"][key] = middle
        summary["best"][key] = min(values)
        summary["spread"][key] = _quartile_distance(values) / middle if middle else 0.0
    names = list(samples[-1]["parts"])
    summary["parts"] = {
        name: statistics.median(float(sample["parts"][name]) for sample in samples)
        for name in names
    }
    summary["facts"] = dict(samples[-1]["facts"])
    return summary


def _quartile_distance(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return high - low
