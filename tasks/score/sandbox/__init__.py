"""Programs of models, run where they can do no harm: `run` starts the sandbox, the other modules run inside it."""
