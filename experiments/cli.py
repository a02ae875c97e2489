"""The command line `fenji`. Heavy imports stand inside the commands, so that help is quick."""

# A command registers itself when its room is entered; help lists them in this order.
from experiments import (  # isort: skip
    cli_model,
    cli_policies,
    cli_experiments,
    cli_province,
    cli_analysis,
    cli_report,
    cli_funds,
    cli_network,
    cli_settle,
    cli_truth,
    cli_bench,
    cli_ui,
)
from experiments.command import app

__all__ = [
    "app",
    "cli_analysis",
    "cli_bench",
    "cli_experiments",
    "cli_funds",
    "cli_model",
    "cli_network",
    "cli_policies",
    "cli_province",
    "cli_report",
    "cli_settle",
    "cli_truth",
    "cli_ui",
]
