"""What makes a run the run it is: its scenario, parameters, seed, the model's code and the data."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from os.path import commonpath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from model.insurance.rulebook import read_rulebook, shipped_rulebooks
from model.parameters import read_yaml
from model.policies.policy import carried, is_own, read_policy_file
from model.region.read import find_folder, list_regions
from model.scenario import Scenario

HASH_DIGITS = 16
POLICIES = "policies"  # folder in the archive
REGION_FILES = (".yaml", ".csv", ".graphml")
MEASURING = ("figures.py", "results.py", "tables.py")  # of this package: they make the figures
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date an archive can tell


@cache
def model_version() -> str:
    """The package's version and a fingerprint of the code and data that make a run's figures."""
    here = Path(__file__).parent
    model = here.parent / "model"
    files = [p for p in model.rglob("*") if p.suffix in (".py", *REGION_FILES)]
    files += [here / name for name in MEASURING]
    hashed = hashlib.sha256()
    for file in sorted(files, key=lambda p: p.relative_to(here.parent).as_posix()):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        hashed.update(f"{file.relative_to(here.parent).as_posix()} {len(content)}\n".encode())
        hashed.update(content)
    return f"{version('fenji')}+{hashed.hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class OwnData:
    """The user's own files that a run reads, as a zip archive; empty where all is shipped.

    They travel with the run, to a worker that does not see the user's folders, and in its result.
    """

    archive: bytes = b""
    region: str = ""  # folder in the archive
    rulebook: str = ""  # file in the archive
    policies: Mapping[str, str] = field(default_factory=dict)  # as typed -> file in the archive
    digest: str = ""  # of the files' names and contents

    @contextmanager
    def placed(self, plan: Scenario) -> Iterator[Scenario]:
        """The scenario with its own files on this machine's disk, and its policies known."""
        with self._unpacked() as folder, self.policies_known():
            places = {"region": self.region, "rulebook": self.rulebook}
            here = {name: str(folder / path) for name, path in places.items() if path}
            yield plan.model_copy(update=here)

    @contextmanager
    def policies_known(self) -> Iterator[None]:
        """Inside, the policies are those of the archive, wherever their files are now."""
        with self._unpacked() as folder:
            own = {
                name: read_policy_file(folder / path).model_copy(update={"file": name})
                for name, path in self.policies.items()
            }
        with carried(own):
            yield

    @property
    def told(self) -> dict[str, Any]:
        """All but the archive, for a manifest."""
        names = ("region", "rulebook", "digest")
        return {name: getattr(self, name) for name in names} | {"policies": dict(self.policies)}

    @property
    def places(self) -> str:
        """Of the contents of the region and the rule book: the same for any policies."""
        if not (self.region or self.rulebook):
            return ""
        with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
            names = [name for name in archive.namelist() if not name.startswith(f"{POLICIES}/")]
            return _digest({name: archive.read(name) for name in names})

    @contextmanager
    def _unpacked(self) -> Iterator[Path]:
        with TemporaryDirectory(prefix="fenji-") as folder:
            if self.archive:
                with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
                    archive.extractall(folder)
            yield Path(folder)


def own_data(plan: Scenario) -> OwnData:
    """The files of a scenario's region, rule book and policies that are not shipped."""
    files: dict[str, bytes] = {}
    region = rulebook = ""
    if plan.region not in list_regions():
        region = "region"
        for file in sorted(find_folder(plan.region).iterdir()):
            if file.suffix in REGION_FILES and file.is_file():
                files[f"{region}/{file.name}"] = file.read_bytes()
    if plan.rulebook not in shipped_rulebooks():
        chain = _rulebook_chain(plan.rulebook)
        root = commonpath([file.parent for file in chain])
        names = [f"rulebook/{file.relative_to(root).as_posix()}" for file in chain]
        files |= {name: file.read_bytes() for name, file in zip(names, chain, strict=True)}
        rulebook = names[0]
    own = sorted({choice.id for choice in plan.policies if is_own(choice.id)})
    policies = {name: f"{POLICIES}/{at}/{Path(name).name}" for at, name in enumerate(own)}
    files |= {path: Path(name).read_bytes() for name, path in policies.items()}
    if not files:
        return OwnData()
    return OwnData(_archive(files), region, rulebook, policies, _digest(files))


def run_hash(plan: Scenario, values: Mapping[str, float], data: OwnData) -> str:
    """The name of a run: a hash of all that determines its figures, whatever it was called.

    values: every parameter by its path, with the scenario's changes. Where a folder lies and why
    a value was changed do not count; what the folder holds does.
    """
    settings = plan.model_dump(mode="json", exclude={"overrides"})
    settings |= {name: "" for name in ("region", "rulebook") if getattr(data, name)}
    for choice in settings["policies"]:
        del choice["reason"]
        choice["id"] = data.policies.get(choice["id"], choice["id"])
    told = json.dumps([model_version(), settings, dict(values), data.digest], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:HASH_DIGITS]


def _rulebook_chain(name: str) -> list[Path]:
    """A rule book's file and those it extends, as far as they are the user's own."""
    read_rulebook(name)  # says what is wrong, a circle included
    chain = [Path(name).resolve()]
    while (extends := read_yaml(chain[-1]).get("extends")) and extends not in shipped_rulebooks():
        chain.append((chain[-1].parent / extends).resolve())
    return chain


def _digest(files: Mapping[str, bytes]) -> str:
    parts = (f"{name} {len(content)}\n".encode() + content for name, content in files.items())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _archive(files: Mapping[str, bytes]) -> bytes:
    """A zip archive that is the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()
