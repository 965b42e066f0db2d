"""A session of the app without a browser: asks for pages as the framework's own page does, and waits for them."""

from __future__ import annotations

from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol


class Session:
    """One session; ``open_page`` returns when the page is whole."""

    def __init__(self, port: int) -> None:
        self._connection = connect(
            f"ws://127.0.0.1:{port}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(f"http://127.0.0.1:{port}"),
            max_size=None,
            ping_interval=None,  # a server that works long on a page is no broken connection
        )

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def open_page(self, name: str, query: str) -> list[str]:
        """Runs a page; the errors that it shows."""
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = name
        self._connection.send(message.SerializeToString())
        errors: list[str] = []
        while True:
            data = self._connection.recv(timeout=120)
            answer = ForwardMsg()
            answer.ParseFromString(data if isinstance(data, bytes) else data.encode())
            kind = answer.WhichOneof("type")
            if kind == "delta" and answer.delta.new_element.HasField("exception"):
                errors.append(answer.delta.new_element.exception.message)
            if kind == "script_finished" and answer.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ):
                return errors
