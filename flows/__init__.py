"""What runs: one file, one Prefect flow, one deployment."""
