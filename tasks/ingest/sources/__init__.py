"""One source per file; importing this package registers the built-in ones."""

from tasks.ingest.sources import llmrouterbench, questions, recorded, smcs_bank, smcs_cache, synthetic

__all__ = ["llmrouterbench", "questions", "recorded", "smcs_bank", "smcs_cache", "synthetic"]
