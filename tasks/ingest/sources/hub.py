"""Questions of the benchmarks that the registry knows, from the Hugging Face hub or from a copy of its repository."""

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from profiles.dataset import Dataset, Hub
from profiles.load import load_datasets
from tasks.ingest.quarantine import Unreadable
from tasks.ingest.question_files import Reading, look_up, question_file
from tasks.ingest.registry import Batch, Plan, Request, SourceFile, SourceOptions, sources
from warehouse.errors import UserError


@sources.register("hub")
def hub(request: Request) -> Plan:
    """Questions of the wanted datasets, asked by their templates; files come from the hub's own cache where they are.

    With a path, from a folder in the layout of the one repository instead. A count that is not the published size is
    noted as `odd_size`; a repository without the file of its worked examples, whose questions are asked without, as
    `no_examples`.

    Raises:
        UserError: no dataset was named, or the hub or folder has not what the registry says; the message says what.
    """
    request.parse(SourceOptions)
    known = [(one, place) for one in load_datasets() for place in one.hub]
    wanted = [] if request.datasets == ("*",) else [pair for pair in known if _named(pair[0], request.datasets)]
    if not wanted:
        there = ", ".join(sorted({one.match for one, _ in known}))
        raise UserError(f"name datasets of the hub, such as --option.datasets mbpp; it has: {there}")
    if request.path is not None and len(wanted) > 1:
        wanted = _of_folder(wanted, request.existing("a copy of the repository"))
    notes: Counter[str] = Counter()
    files = [file for one, place in wanted for file in _files(one, place, request, notes)]
    return Plan(tuple(files), specifications=tuple(load_datasets()), notes=notes)


def _of_folder(wanted: list[tuple[Dataset, Hub]], folder: Path) -> list[tuple[Dataset, Hub]]:
    """The one dataset, from that of its repositories of which the folder is a copy."""
    if len({one.match for one, _ in wanted}) > 1:
        raise UserError("a folder is a copy of one repository; name one dataset")
    whole = [pair for pair in wanted if all(any(folder.glob(glob)) for glob in pair[1].files.values())]
    return whole or wanted[:1]


def _named(one: Dataset, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(glob, one.match) or fnmatchcase(one.match, glob) for glob in globs)


def _files(one: Dataset, place: Hub, request: Request, notes: Counter[str]) -> list[SourceFile]:
    if request.path is None:
        folder = download(place)
        origin = f"{place.id}@{folder.name}"
    else:
        folder = request.existing("a copy of the repository")
        origin = str(folder)
    counted: Counter[str] = Counter()
    found = []
    for split, glob in place.files.items():
        paths = sorted(folder.glob(glob))
        if not paths:
            raise UserError(f"{origin} has no file {glob}; correct `hub.files` of dataset '{one.match}'")
        values = {"dataset": one.match, "split": split} | place.values
        beside = {}
        for column, rows in place.beside.items():
            try:
                beside[column] = look_up(sorted(folder.glob(rows.files.format(split=split))), rows, place.columns)
            except Unreadable as error:
                raise UserError(f"{origin}: {rows.files} holds no {column} ({error.detail})") from error
            notes["no_examples"] += column == "examples" and not beside[column].texts
        reading = Reading(place.columns, [one], [one], values, beside)
        found += [question_file(path, request, reading, f"{origin}/{path.relative_to(folder)}") for path in paths]
    size = place.size or one.size
    if size is None:
        return found
    last = found[-1]
    reads = [partial(_counted, file, counted, size if file is last else None) for file in found]
    return [SourceFile(file.path, file.digest, read) for file, read in zip(found, reads, strict=True)]


def _counted(file: SourceFile, counted: Counter[str], size: int | None) -> Iterator[Batch]:
    """The file's batches; after the last file a note where all together are not as many as published."""
    for batch in file.read():
        counted["rows"] += 0 if batch.records is None else len(batch.records)
        yield batch
    if size is not None and counted["rows"] != size:
        yield Batch(notes={"odd_size": 1})


def download(place: Hub) -> Path:
    """The folder of a repository's files in the hub's cache, named by their commit; what is there is not fetched.

    Raises:
        UserError: no network, no such repository or revision, or it wants an account that was granted access.
    """
    from httpx import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError, RepositoryNotFoundError

    if "://" in place.id:
        at = f" at {place.revision}" if place.revision else ""
        raise UserError(f"{place.id} is not on the hub; clone it{at}, and give the folder as `path`")
    beside = [rows.files.format(split=split) for rows in place.beside.values() for split in place.files]
    try:
        wanted = [*place.files.values(), *beside]
        found = snapshot_download(place.id, repo_type="dataset", revision=place.revision, allow_patterns=wanted)
    except GatedRepoError as error:
        raise UserError(f"{place.id} is gated; accept its terms on the hub, and set HF_TOKEN") from error
    except RepositoryNotFoundError as error:
        raise UserError(f"the hub has no dataset {place.id}, or it is private; set HF_TOKEN") from error
    except LocalEntryNotFoundError as error:
        raise UserError(
            f"{place.id} is not in the hub's cache, and the hub cannot be reached; give the folder of a copy as `path`"
        ) from error
    except (OSError, ValueError, HTTPError) as error:
        told = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(
            f"cannot download {place.id}: {told[0]}; without the hub, give the folder of a copy as `path`"
        ) from error
    return Path(found)
