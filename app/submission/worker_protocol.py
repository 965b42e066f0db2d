"""How a worker and its client speak: a JSON line with the sizes of the byte strings that follow; frames as Arrow."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import IO, Any

NO_PACKAGE, TIME_OVER, OUR_FAULT = "FMT-52", "FMT-61", "FMT-63"  # rules that a worker may refuse by beside the reader's


def send(stream: IO[bytes], header: Mapping[str, Any], payloads: Sequence[bytes] = ()) -> None:
    """Writes one message: a JSON line with the sizes of the payloads, then the payloads."""
    line = json.dumps({**header, "sizes": [len(payload) for payload in payloads]}, ensure_ascii=False)
    stream.write(line.encode() + b"\n")
    for payload in payloads:
        stream.write(payload)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], list[bytes]] | None:
    """Reads one message; None at the end of the stream, also in the middle of a message."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    header: dict[str, Any] = json.loads(line)
    payloads = [stream.read(size) for size in header.pop("sizes")]
    if any(len(payload) != size for payload, size in zip(payloads, json.loads(line)["sizes"], strict=True)):
        return None
    return header, payloads


def arrow_of(frame: Any) -> bytes:
    """A frame as an Arrow stream."""
    import pyarrow as pa

    buffer = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def frame_of(data: bytes) -> Any:
    """The frame of an Arrow stream."""
    import pyarrow as pa

    return pa.ipc.open_stream(data).read_all().to_pandas()
