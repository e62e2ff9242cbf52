"""From readings to what people look at: the table, and two plots."""

from pathlib import Path
from typing import Any

from .environments import ROOT

README = ROOT / "README.md"
RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"
COST_PLOT, FIDELITY_PLOT = "cost-against-length.png", "size-against-fidelity.png"

Results = dict[str, Any]
_REASON_CHARS = 100
_HEADROOM = 1.05
"""Of a plot's vertical axis, over its highest point."""


def table(results: Results) -> str:
    """Return the comparisons as a Markdown table: ours, and beside each peer the ratio of CPU time."""
    lines = [
        "| case | contender | CPU s | wall s | ours / theirs, CPU | peak MiB | bytes | PSNR dB |",
        "|--|--|--:|--:|--:|--:|--:|--:|",
    ]
    for case in results["cases"]:
        if case["group"] in ("growth", "curve"):
            continue
        ours = case["contenders"][0].get("median")
        for place, state in enumerate(case["contenders"]):
            title = case["title"] if place == 0 else ""
            lines.append(_row(title, state, ours if place else None))
    lines += ["", *_growth(results), "", *_targets(results)]
    return "\n".join(lines)


def _row(title: str, state: dict[str, Any], ours: dict[str, float] | None) -> str:
    median = state.get("median")
    if median is None:
        reason = _reason(state)
        return f"| {title} | {state['name']} | {reason} | | | | | |"
    ratio = f"{ours['cpu_s'] / median['cpu_s']:.2f}" if ours and median["cpu_s"] else ""
    size = state["facts"].get("output_bytes")
    psnr = state.get("fidelity", {}).get("psnr_db")
    cells = [
        title,
        state["name"],
        f"{median['cpu_s']:.3f} ±{state['spread']['cpu_s'] * 50:.0f} %",
        f"{median['wall_s']:.3f}",
        ratio,
        f"{median['peak_mib']:.0f}",
        f"{size:,}" if size else "",
        "" if psnr is None else "lossless" if psnr == float("inf") else f"{psnr:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _reason(state: dict[str, Any]) -> str:
    """Return why there is no reading; of an error its last line, whose whole text is in the JSON."""
    reason = str(state["missing"] or state["error"] or "not measured").split(" / ")[-1]
    return reason if len(reason) <= _REASON_CHARS else reason[: _REASON_CHARS - 3] + "..."


def _growth(results: Results) -> list[str]:
    """Return one line for each growing series: CPU seconds, wall seconds and peak MiB at each size."""
    lines = []
    for case in results["cases"]:
        if case["group"] != "growth":
            continue
        lines += ["", f"{case['title']} ({case['axis']}): CPU s / wall s / peak MiB", ""]
        series: dict[str, list[str]] = {}
        for state in case["contenders"]:
            median = state.get("median")
            told = "-" if median is None else _told(median)
            series.setdefault(state["series"], []).append(f"{state['x']:g}: {told}")
        lines += [f"- {name}: {', '.join(points)}" for name, points in series.items()]
    return lines


def _told(median: dict[str, float]) -> str:
    return f"{median['cpu_s']:.2f} / {median['wall_s']:.2f} / {median['peak_mib']:.0f}"


def _targets(results: Results) -> list[str]:
    lines = []
    for case in results["cases"]:
        for target in case["targets"]:
            if target["measured"] is None:
                continue
            verdict = "met" if target["is_met"] else "**not met**"
            lines.append(
                f"- {case['title']}: {target['what']} {target['measured']:.2f}, "
                f"at most {target['limit']:g}: {verdict}"
            )
    return ["Targets:", "", *lines] if lines else []


def write_readme(results: Results) -> None:
    """Put the table between the README's markers and the plots beside the results.

    Raises:
        ValueError: The README has no markers; nothing was written.
    """
    text = README.read_text("utf-8")
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    plots = [name for name in (COST_PLOT, FIDELITY_PLOT) if (_PLOTTERS[name])(results)]
    shown = "\n".join(
        f"![{name.removesuffix('.png')}](benchmarks/results/{name})" for name in plots
    )
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    about = (
        f"One run of `python -m benchmarks` on {results['processors']} processors: medians of "
        f"{results['rounds']} fresh processes, contenders in turn; ± is half the distance of the quartiles. {versions}."
    )
    README.write_text(
        f"{text[:begin]}\n{about}\n\n{table(results)}\n\n{shown}\n{text[end:]}", "utf-8"
    )


def plot_cost(results: Results) -> bool:
    """Draw CPU time of prepare against the source's length; tell whether there was anything to draw."""
    found = [case for case in results["cases"] if case["name"] == "growth-length"]
    if not found:
        return False
    figure, axes = _axes("length of the source, s", "CPU time, s")
    for name, points in _series(found[0], "cpu_s").items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set_xscale("log")
    lengths = sorted({state["x"] for state in found[0]["contenders"]})
    axes.set_xticks(lengths, [f"{length:g}" for length in lengths])
    axes.minorticks_off()
    axes.set_ylim(bottom=0, top=axes.get_ylim()[1] * _HEADROOM)
    axes.legend()
    _save(figure, COST_PLOT)
    return True


def plot_fidelity(results: Results) -> bool:
    """Draw PSNR against size for each contender; tell whether there was anything to draw."""
    found = [case for case in results["cases"] if case["name"] == "curve"]
    if not found:
        return False
    figure, axes = _axes("size of the payload, kB", "PSNR of luma against uncoded frames, dB")
    series: dict[str, list[tuple[float, float]]] = {}
    for state in found[0]["contenders"]:
        if "fidelity" in state:
            point = (state["facts"]["output_bytes"] / 1000, state["fidelity"]["psnr_db"])
            series.setdefault(state["series"], []).append(point)
    for name, points in series.items():
        style = "-o" if len(points) > 1 else "s"
        axes.plot(*zip(*sorted(points), strict=True), style, label=name)
    axes.legend()
    _save(figure, FIDELITY_PLOT)
    return True


_PLOTTERS = {COST_PLOT: plot_cost, FIDELITY_PLOT: plot_fidelity}


def _series(case: dict[str, Any], reading: str) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for state in case["contenders"]:
        if "median" in state:
            found.setdefault(state["series"], []).append((state["x"], state["median"][reading]))
    return found


def _axes(x: str, y: str) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), dpi=120, layout="constrained")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(visible=True, alpha=0.3)
    return figure, axes


def _save(figure: Any, name: str) -> None:
    from matplotlib import pyplot as plt

    RESULTS.mkdir(exist_ok=True)
    figure.savefig(RESULTS / name)
    plt.close(figure)
