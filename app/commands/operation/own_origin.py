"""Starts the framework's server so that pages of another origin are refused, and nothing is asked of the network.

The framework accepts the page's own origin by itself. What it does beyond has no setting: any port of this machine is
accepted too, and for any other origin it looks up this machine's outside address on the internet.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from streamlit import net_util
from streamlit.web import cli
from streamlit.web.server import server_util
from streamlit.web.server.starlette import starlette_websocket

from app.commands.operation.log_lines import LOG_VARIABLE, set_up_log

CHECK = "is_url_from_allowed_origins"
LOOK_UPS = ("get_external_ip", "get_internal_ip")


def refuse_other_origins() -> None:
    """Replaces the framework's check of foreign origins by a plain no. Raises RuntimeError where it has moved."""
    checked_by = [module for module in (server_util, starlette_websocket) if hasattr(module, CHECK)]
    if len(checked_by) != 2 or not all(hasattr(net_util, name) for name in LOOK_UPS):
        raise RuntimeError("the framework checks origins elsewhere than expected")
    for module in checked_by:
        setattr(module, CHECK, lambda _: False)
    for name in LOOK_UPS:
        setattr(net_util, name, lambda: None)


def main(arguments: Sequence[str]) -> None:
    """Serves the script named first with the framework's options after it; does not return."""
    refuse_other_origins()
    set_up_log(os.environ.get(LOG_VARIABLE))
    cli.main(["run", *arguments], prog_name="streamlit")


if __name__ == "__main__":
    main(sys.argv[1:])
