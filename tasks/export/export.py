"""Write a run profile's answers and systems in another project's format, all or nothing."""

import shutil
from pathlib import Path

from profiles.schema import Pool, RunProfile
from tasks.export.contract import Export, formats
from warehouse.errors import UserError


def export(
    name: str, folder: Path, run: RunProfile, pool: Pool, run_id: str | None = None, policy: str | None = None
) -> dict[str, int]:
    """Write `folder` in the format of that name; counts of what was written.

    Args:
        name: of the format.
        folder: is made; must not be there, or be empty.
        run: names datasets, and whose verdicts count.
        pool: whose models.
        run_id: an evaluated run; None: the profile's newest. Only formats of systems need one.
        policy: a fitted policy; only formats of policies need one.

    Raises:
        UserError: no such format, the folder has files in it, or there is nothing to export.
    """
    write = formats.get(name)
    folder = folder.expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is there already; give a folder that is new or empty")
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        counts = write(Export(unfinished, run, pool, run_id, policy))
        if not any(counts.values()):
            raise UserError(
                f"there is no answer of pool '{pool.name}' to {', '.join(run.datasets)}; ingest or collect some"
            )
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return counts
