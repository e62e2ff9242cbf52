"""Contenders run in turn in fresh processes; who cannot run is named and stops nobody."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import run as runner
from benchmarks.run import Case, Contender, Setting, TaskError, measure, run, summarise

HASH = "tasks.process:read_and_hash"
COMMANDS = "tasks.process:commands"


@pytest.fixture
def setting(tmp_path):
    return Setting(media=tmp_path, scratch=tmp_path, rounds=2)


def reading(cpu_s, **facts):
    return {
        "wall_s": cpu_s,
        "cpu_s": cpu_s,
        "peak_mib": 1.0,
        "rise_mib": 1.0,
        "parts": {},
        "facts": facts,
    }


def test_a_task_runs_in_a_process_of_its_own_and_tells_its_facts(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x" * 100_000)
    told = measure(Contender("hash", HASH, {"source": str(source)}), None)
    assert told["facts"] == {"bytes": 100_000}
    assert told["wall_s"] > 0


def test_a_task_that_fails_is_an_error_without_machine_paths():
    broken = Contender(
        "broken", COMMANDS, {"commands": [[sys.executable, "-c", "raise SystemExit(3)"]]}
    )
    with pytest.raises(TaskError, match="exit 3") as caught:
        measure(broken, None)
    assert str(Path.home()) not in str(caught.value)


def test_contenders_take_turns(setting, monkeypatch):
    order = []
    monkeypatch.setattr(runner, "measure", lambda c, _: order.append(c.name) or reading(1.0))
    case = Case("case", "title", (Contender("A", HASH), Contender("B", HASH)))
    run(case, setting, lambda _: None)
    assert order == ["A", "B", "A", "B"]


def test_a_missing_peer_and_a_failing_one_are_named_and_the_rest_is_measured(setting, monkeypatch):
    def fake(contender, _):
        if contender.name == "failing":
            message = "failing: exit 1"
            raise TaskError(message)
        return reading(1.0)

    monkeypatch.setattr(runner, "measure", fake)
    contenders = (
        Contender("ours", HASH),
        Contender("absent", HASH, environment="no-such-environment"),
        Contender("no program", HASH, programs=("no-such-program",)),
        Contender("failing", HASH),
    )
    states = run(Case("case", "title", contenders), setting, lambda _: None)["contenders"]
    assert [len(state["samples"]) for state in states] == [2, 0, 0, 0]
    assert "--install-peers" in states[1]["missing"]
    assert "no-such-program" in states[2]["missing"]
    assert states[3]["error"] == "failing: exit 1"


@pytest.mark.parametrize(("ours", "is_met"), [(0.5, True), (0.7, False)])
def test_a_limit_is_held_against_the_ratio_of_medians(setting, monkeypatch, ours, is_met):
    cost = {"ours": ours, "theirs": 1.0}
    monkeypatch.setattr(runner, "measure", lambda c, _: reading(cost[c.name]))
    contenders = (Contender("ours", HASH), Contender("theirs", HASH))
    case = Case("case", "title", contenders, limits={"theirs": 0.6}, caps={"peak_mib": 2.0})
    held = run(case, setting, lambda _: None)["targets"]
    assert [target["is_met"] for target in held] == [is_met, True]
    assert held[0]["measured"] == pytest.approx(ours)


def test_the_summary_gives_median_best_and_quartile_spread():
    told = summarise([reading(cpu_s) for cpu_s in (1.0, 2.0, 3.0, 4.0, 50.0)])
    assert told["median"]["cpu_s"] == 3.0
    assert told["best"]["cpu_s"] == 1.0
    assert told["spread"]["cpu_s"] == pytest.approx((4.0 - 2.0) / 3.0)
    json.dumps(told)
