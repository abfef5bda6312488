"""One analysis a file; `tasks.analyse.analysis` says what one is."""
