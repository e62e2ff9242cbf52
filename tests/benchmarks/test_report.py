"""The table: what was measured, what was not and why, and the README that carries it."""

from __future__ import annotations

import re

import pytest

from benchmarks import report


def state(name: str, cpu_s: float | None = None, **other: object) -> dict[str, object]:
    told = {"name": name, "series": "ours", "x": 5, "missing": None, "error": None, "facts": {}}
    if cpu_s is not None:
        told["median"] = {"cpu_s": cpu_s, "wall_s": cpu_s / 2, "peak_mib": 100.0}
        told["spread"] = {"cpu_s": 0.1}
    return told | other


def results(*states: dict[str, object], group: str = "clip") -> report.Results:
    case = {"name": "case", "title": "a clip", "group": group, "axis": "s", "contenders": states}
    target = {"what": "CPU time over theirs", "limit": 0.6, "measured": 0.5, "is_met": True}
    return {
        "cases": [case | {"targets": [target]}],
        "processors": 2,
        "rounds": 5,
        "versions": {"av": "18"},
    }


def test_ours_stands_beside_theirs_with_the_ratio_and_the_spread() -> None:
    fine = state("theirs", 2.0, facts={"output_bytes": 12345}, fidelity={"psnr_db": 47.11})
    lines = report.table(results(state("ours", 1.0), fine)).splitlines()
    assert lines[2] == "| a clip | ours | 1.000 ±5 % | 0.500 |  | 100 |  |  |"
    assert lines[3] == "|  | theirs | 2.000 ±5 % | 1.000 | 0.50 | 100 | 12,345 | 47.1 |"
    assert "- a clip: CPU time over theirs 0.50, at most 0.6: met" in lines


def test_a_missing_peer_and_a_failing_one_say_why() -> None:
    failing = state("failing", error="failing: exit 1: first / second / " + "last " * 40)
    told = report.table(results(state("gone", missing="pip install gone"), failing))
    assert "| a clip | gone | pip install gone |" in told
    shown = re.search(r"\| failing \| (last [^|]*\.\.\.) \|", told)
    assert shown
    assert len(shown[1]) <= 100


def test_growing_series_are_lines_not_rows() -> None:
    told = report.table(results(state("ours, 5 s", 1.0), group="growth"))
    assert "- ours: 5: 1.00 / 0.50 / 100" in told
    assert "±" not in told


def test_the_readme_keeps_what_is_around_the_table(monkeypatch, tmp_path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", "utf-8")
    monkeypatch.setattr(report, "README", readme)
    report.write_readme(results(state("ours", 1.0)))
    text = readme.read_text("utf-8")
    assert text.startswith(f"before\n{report.BEGIN}\nOne run of ")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "| a clip | ours |" in text
    assert "old" not in text


def test_a_readme_without_markers_is_left_alone(monkeypatch, tmp_path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing", "utf-8")
    monkeypatch.setattr(report, "README", readme)
    with pytest.raises(ValueError, match="substring"):
        report.write_readme(results(state("ours", 1.0)))
    assert readme.read_text("utf-8") == "nothing"
