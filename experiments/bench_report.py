"""What was measured, as text for people."""

from experiments.bench import Bench
from experiments.bench_run import Size


def text(measured: Bench, slower: list[str] | None) -> str:
    """Tables by size and by step, the ratio, and what got slower."""
    machine = ", ".join(f"{name} {value}" for name, value in measured.machine.items())
    parts = [
        f"Kernels: {measured.kernels}; compiled in {measured.compile_s:.1f} s once, then loaded in "
        f"{measured.load_s:.1f} s. {machine}.",
        f"A copy moves {measured.bandwidth_gb_s:.1f} GB a second. Seconds of processor time.",
        _sizes(measured.sizes),
        *(_steps(size, measured.bandwidth_gb_s) for size in measured.sizes),
        f"In turns: the model passes {measured.model_rate / 1e6:.1f} million resident-days a "
        f"second, plain Mesa {measured.twin_rate / 1e6:.2f} million; ratio {measured.ratio:.1f}.",
    ]
    if slower is None:
        parts.append("The baseline has no measurement of these sizes, days and kernels.")
    else:
        worse = "\n".join(slower) or "nothing"
        parts.append(f"Slower than the baseline, in the time of the twin: {worse}")
    return "\n\n".join(parts)


def _sizes(sizes: list[Size]) -> str:
    lines = ["residents    start-up s  run s  (days)     ms a day  million a s  peak MB"]
    lines += [
        f"{s.residents:<11,}{s.start_up_s:12.1f}{s.run_s:7.1f}  {f'({s.warm_up}+{s.days})':<9s}"
        f"{s.day_ms:10.2f}{s.rate / 1e6:13.2f}{s.peak_mb:9.0f}"
        for s in sizes
    ]
    return "\n".join(lines)


def _steps(size: Size, gb_s: float) -> str:
    """Milliseconds of a day by step, beside what memory alone would take."""
    lines = [f"{size.residents:,} residents      ms    MB touched  floor ms  times the floor"]
    for name, ms in size.step_ms.items():
        mb = size.touched_mb.get(name, 0.0)
        floor = "" if mb == 0 else f"{mb:12.2f}{mb / gb_s:10.3f}{ms * gb_s / mb:14.1f}"
        lines.append(f"{name.replace('_', ' '):<20s}{ms:9.2f}{floor}")
    return "\n".join(lines)
