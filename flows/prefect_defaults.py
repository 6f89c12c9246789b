"""Prefect as it should be on one machine: a local server by itself, nothing sent anywhere, quiet logs.

Imported before Prefect is, because Prefect reads its environment once. What the user set stays.
"""

import os

_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # On a busy machine the local server takes longer than Prefect's 20 seconds to start.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    # Failures reach the user through the exception; the log would print them once more, with traceback.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}

for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)
