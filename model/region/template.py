"""A commented region folder to start from."""

import shutil
from pathlib import Path

from model.parameters import data_folder
from model.terms import InputError


def new_region(folder: Path | str) -> list[Path]:
    """Write the template's files into a new or empty folder and return them.

    Raises InputError, with nothing written, if the folder holds anything or cannot be made.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise InputError("the folder is not empty", file=target, allowed="a new or empty one")
        template = sorted((data_folder() / "templates" / "region").iterdir())
        return [Path(shutil.copyfile(file, target / file.name)) for file in template]
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=target) from error
