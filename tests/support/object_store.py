"""An object store of the tests' own that is spoken to over the network as S3; it outlives the processes that use it."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from tests.support.served_demo import free_port, wait_for
from tests.support.signed_in import running

KEY, SECRET = "of-the-tests", "secret-of-the-tests"


@contextmanager
def object_store() -> Iterator[dict[str, str]]:
    """Runs the server; the variables by which whoever uses it finds it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]) as process:
        wait_for(f"{address}/moto-api/", process)
        yield {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }


def new_bucket(variables: dict[str, str]) -> str:
    """Makes a bucket; its name."""
    name = f"junkan-{uuid4().hex[:12]}"
    asked = urllib.request.Request(f"{variables['AWS_ENDPOINT_URL']}/{name}", method="PUT")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
    return name
