"""What was measured, as text for people."""

from experiments.bench import Bench
from experiments.bench_run import Size


def text(measured: Bench, slower: list[str] | None) -> str:
    """Tables by size and by step, the ratio, and what got slower."""
    machine = ", ".join(f"{name} {value}" for name, value in measured.machine.items())
    parts = [
        f"Kernels: {measured.kernels}, threads: {measured.threads}; compiled in "
        f"{measured.compile_s:.1f} s once, then loaded in {measured.load_s:.1f} s. {machine}.",
        f"A copy moves {measured.bandwidth_gb_s:.1f} GB a second. Time is that of processors, of "
        "all threads together; wall time is that of the clock.",
        _sizes(measured.sizes),
        *(_steps(size, measured.bandwidth_gb_s) for size in measured.sizes),
        _turns(measured),
    ]
    if slower is None:
        parts.append("The baseline has no measurement of these sizes, days and kernels.")
    else:
        worse = "\n".join(slower) or "nothing"
        parts.append(f"Slower than the baseline, in the time of the twin: {worse}")
    return "\n\n".join(parts)


def _turns(measured: Bench) -> str:
    """The two ratios to the twin, that of processor time first."""
    by_processor = measured.ratio, measured.model_rate, measured.twin_rate
    by_clock = measured.wall_ratio, measured.model_wall_rate, measured.twin_wall_rate
    lines = [
        f"  {what}: ratio {ratio:.1f}, the model {model / 1e6:.1f} and plain Mesa "
        f"{twin / 1e6:.2f} million resident-days a second"
        for what, (ratio, model, twin) in (("processor", by_processor), ("wall", by_clock))
    ]
    threads = f"{measured.threads} thread{'s' * (measured.threads > 1)}"
    return "\n".join([f"In turns, the model with {threads}, plain Mesa with one:", *lines])


def _sizes(sizes: list[Size]) -> str:
    lines = [
        "residents    start-up s  run s  wall s  (days)     ms a day  wall ms  million a s  peak MB"
    ]
    lines += [
        f"{s.residents:<11,}{s.start_up_s:12.1f}{s.run_s:7.1f}{s.wall_s:8.1f}"
        f"  {f'({s.warm_up}+{s.days})':<9s}{s.day_ms:10.2f}{s.day_wall_ms:9.2f}"
        f"{s.rate / 1e6:13.2f}{s.peak_mb:9.0f}"
        for s in sizes
    ]
    return "\n".join(lines)


def _steps(size: Size, gb_s: float) -> str:
    """Milliseconds of a day by step, beside what memory alone would take."""
    title = f"{size.residents:,} residents"
    lines = [f"{title:<20s}       ms  wall ms  MB touched  floor ms  times the floor"]
    for name, ms in size.step_ms.items():
        mb = size.touched_mb.get(name, 0.0)
        floor = "" if mb == 0 else f"{mb:12.2f}{mb / gb_s:10.3f}{ms * gb_s / mb:17.1f}"
        lines.append(f"{name.replace('_', ' '):<20s}{ms:9.2f}{size.step_wall_ms[name]:9.2f}{floor}")
    return "\n".join(lines)
