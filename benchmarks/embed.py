"""Texts embedded per second: MMLU-Pro questions and recorded answers, by token limit.

Usage: python benchmarks/embed.py [--texts 512] [--threads 2]     (needs CONCERTINO_RECORDED)

Processor seconds are shown beside wall-clock ones, because on a busy machine only they can be compared.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import polars as pl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()

    import torch

    from profiles.embed import get_embedder

    torch.set_num_threads(asked.threads)
    recorded = pl.read_parquet(Path(os.environ["CONCERTINO_RECORDED"]) / "mmlu_pro.parquet")
    print("texts, token limit | texts per second | per second of two processors")
    for column, limits in (("question", (None,)), ("response", (None, 128))):
        texts = recorded[column].drop_nulls().unique(maintain_order=True).sample(asked.texts, seed=0).to_list()
        texts.sort(key=len, reverse=True)
        for limit in limits:
            embedder = get_embedder("minilm", limit)
            embedder.encode(["load the weights"])
            wall, processor = time.perf_counter(), time.process_time()
            embedder.encode(texts)
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            name = f"{column}s, {limit or 256}"
            print(f"{name:18} | {len(texts) / wall:16.1f} | {2 * len(texts) / processor:.1f}")


if __name__ == "__main__":
    main()
