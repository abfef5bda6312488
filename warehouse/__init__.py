"""Where everything lives: the only package that opens DuckDB."""
