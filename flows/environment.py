"""Defaults of the libraries' environment, set before any of them is imported; what the user set wins."""

import os

_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "GX_ANALYTICS_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # otherwise litellm fetches its price map at import
    "OMP_WAIT_POLICY": "PASSIVE",  # spinning OpenMP threads are 13 times slower on a busy machine
    "TOKENIZERS_PARALLELISM": "false",
    # Without batching, Prefect's SQLite server stalls for seconds after bursts of task runs.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "500",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}


def prepare() -> None:
    """Set every default that the user did not set."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)


prepare()
