"""When things run: the nightly flow, the alerts and the `vigie` command."""

import os

# No library may speak to its maker: set before any of them is imported, and only where nobody chose.
for _name, _value in {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",  # dlt warns of every column hint that Parquet cannot carry
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}.items():
    os.environ.setdefault(_name, _value)
