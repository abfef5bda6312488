"""A sentence-transformers model of one small layer with random weights, and MiniLM's words."""

from pathlib import Path
from typing import Any

from profiles.encoder import load_encoder
from tasks.route.contract import Router


def make_encoder(folder: Path) -> str:
    """Write one below the folder; its path."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    path, words = folder / "bert", load_encoder("minilm").tokenizer
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(BertConfig(vocab_size=len(words), max_position_embeddings=64, **shape)).save_pretrained(path)
    words.save_pretrained(path)
    body = Transformer(str(path), max_seq_length=64)
    whole = SentenceTransformer(modules=[body, Pooling(16)], device="cpu")
    whole.save_pretrained(str(folder / "tiny"), create_model_card=False)
    return str(folder / "tiny")


def with_tiny_encoder(kind: type[Router[Any]], encoder: str, **options: Any) -> type[Router[Any]]:
    """A router that fine-tunes its encoder, beginning with this one."""

    class Small(kind):  # type: ignore[misc, valid-type]
        def __init__(self, _: object = None) -> None:
            super().__init__(kind.Options(**{"encoder": encoder, "epochs": 2} | options))

    return Small
