"""The example script and notebook run, and say what they promise."""

import asyncio
import runpy
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from pathlib import Path

import nbclient
import nbformat


def test_the_script_compares_two_weights_of_travel_time(root: Path, tmp_path: Path) -> None:
    example = runpy.run_path(str(root / "examples" / "sweep.py"))
    results = example["travel"](residents=500, days=5, out=tmp_path)
    assert results.indicators.height == 20
    table = results.compare(example["FAR"], example["NEAR"], example["SHOWN"])
    assert table["n"].to_list() == [10, 10, 10]


def test_the_notebook_runs(root: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(root / "examples" / "sweep.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    with chdir(tmp_path):
        client = nbclient.NotebookClient(notebook, timeout=300)
        # In a thread: this one may hold the event loop of a browser.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, client.async_execute()).result()
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert all(len(output) > 0 for output in outputs[1:])
    assert "image/png" in outputs[-1][-1].data
    assert len(list((tmp_path / "out" / "travel-notebook" / "runs").iterdir())) == 20
