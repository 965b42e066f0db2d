"""The example of a proxy as an operator puts it up, on free ports of this machine, with a certificate of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.commands.operation.script_hashes import script_hashes
from app.storage.store_location import ROOT
from tests.support.served_demo import free_port

HOST = "junkan.example.ac.jp"
BASE = "junkan"
PORTS_OF_EXAMPLE = (8601, 8602)
MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    {paths}
    include {folder}/junkan.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def write_certificate(folder: Path) -> None:
    """A certificate for HOST and its key, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = serialization.Encoding.PEM
    (folder / "junkan.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "junkan.key").write_bytes(written)


def write_configuration(folder: Path, port: int, replicas: Sequence[int]) -> Path:
    """docs/deploy/nginx.conf with ports, certificate and log of this test in it; the file that nginx starts from."""
    conf = (ROOT / "docs" / "deploy" / "nginx.conf").read_text("utf-8")
    put = {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/certs/": f"{folder}/",
        "/etc/ssl/private/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
        "/etc/nginx/": f"{folder}/",
        "SCRIPT_HASHES": " ".join(script_hashes()),
        f"wss://{HOST}": f"wss://{HOST}:{port}",
        **{f":{old} ": f":{new} " for old, new in zip(PORTS_OF_EXAMPLE, replicas, strict=True)},
    }
    for old, new in put.items():
        assert old in conf, old
        conf = conf.replace(old, new)
    (folder / "junkan.conf").write_text(conf, "utf-8")
    proxied = (ROOT / "docs" / "deploy" / "junkan_proxy.conf").read_text("utf-8")
    (folder / "junkan_proxy.conf").write_text(proxied, "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    paths = "\n    ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user=user, paths=paths), "utf-8")
    return main


@contextmanager
def proxy(port: int, replicas: Sequence[int]) -> Iterator[Path]:
    """Runs nginx with the example in front of two replicas; the folder of its logs."""
    with tempfile.TemporaryDirectory(prefix="junkan-proxy-") as made:
        folder = Path(made)
        write_certificate(folder)
        main = write_configuration(folder, port, replicas)
        subprocess.run(["nginx", "-t", "-q", "-c", str(main), "-p", made], check=True)
        process = subprocess.Popen(["nginx", "-c", str(main), "-p", made], stderr=subprocess.DEVNULL)
        try:
            yield folder
        finally:
            process.terminate()
            process.wait()
