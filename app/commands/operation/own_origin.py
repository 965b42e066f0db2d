"""Starts the framework's server so that pages of another origin are refused, and nothing is asked of the network.

Where people sign in, files go in and out only for sessions that go on (``session_files``).

The framework accepts the page's own origin by itself. What it does beyond has no setting: any port of this machine is
accepted too, and for any other origin it looks up this machine's outside address on the internet.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections.abc import Sequence
from importlib import import_module

from starlette.middleware import Middleware
from streamlit import net_util
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.web import cli
from streamlit.web.server import server_util
from streamlit.web.server.starlette import starlette_app, starlette_websocket

from app.commands.operation.log_lines import LOG_VARIABLE, set_up_log
from app.commands.operation.serve import is_sign_in_set_up
from app.commands.operation.session_files import OFFERED, SessionFiles
from app.storage.store_location import STORE_VARIABLE
from app.submission.worker_pool import end_workers

PAGES = "app.components.session"  # loaded by name, as the script is: pages stand above the commands
KEEPING = "streamlit.runtime.caching.cache_data_api"
CHECK = "is_url_from_allowed_origins"
MIDDLEWARE = "create_streamlit_middleware"
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


def guard_files() -> None:
    """Asks for a session before the framework takes a file, and gives one to whom a page has offered it.

    Raises RuntimeError where the framework does that elsewhere.
    """
    made_by = getattr(starlette_app, MIDDLEWARE, None)
    if made_by is None:
        raise RuntimeError("the framework makes its middleware elsewhere than expected")
    OFFERED.watch(MediaFileManager)
    setattr(starlette_app, MIDDLEWARE, lambda: [Middleware(SessionFiles), *made_by()])


def load_ahead() -> None:
    """Loads the program of the pages, and beside the start of the server what all institutions give.

    The framework warns of every function that keeps its result, since it is not running yet; they are none the worse.
    """
    logging.getLogger(KEEPING).setLevel(logging.ERROR)
    pages = import_module(PAGES)
    pages.load_pages()
    if STORE_VARIABLE in os.environ:
        threading.Thread(target=pages.load_panels, daemon=True).start()


class Ending:
    """How the process ends: when uploads are kept or wait, and without the numbers that a thread is in the midst of.

    Those are worked out again when they are asked for; a solver that is torn down beside them would abort the process.
    """

    code = 1

    def leave(self) -> None:
        """Ends the process once nothing that must be done is left."""
        logging.shutdown()
        os._exit(self.code)


def main(arguments: Sequence[str]) -> None:
    """Serves the script named first with the framework's options after it; does not return."""
    refuse_other_origins()
    if is_sign_in_set_up():
        guard_files()
    set_up_log(os.environ.get(LOG_VARIABLE))
    load_ahead()
    ending = Ending()
    atexit.register(ending.leave)
    try:
        cli.main(["run", *arguments], prog_name="streamlit")
    except SystemExit as ended:
        ending.code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        raise
    finally:
        end_workers()


if __name__ == "__main__":
    main(sys.argv[1:])
