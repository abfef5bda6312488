"""Generated questions: one kind per file, each with a truth that can be checked, deterministic by seed."""
