"""A real provider of OpenID Connect in a process of its own, the app served behind it, and people who sign in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from app.commands.operation.serve import SECRETS_VARIABLE
from app.components.people.sign_in import CLAIMS_VARIABLE
from app.storage.store_location import ROOT
from tests.support.served_demo import free_port, settle, wait_for

COOKIE_SECRET = "for tests only, the same in every process"
CLAIMS = """
role: {claim: junkan_role, values: {approver: university_approver, reviewer: ministry_reviewer}}
institution: {claim: schac_home_organization, values: {one.example: DEMO-01, three.example: DEMO-03}}
"""
HOME = "schac_home_organization"
PEOPLE = (
    {"sub": "reviewer", "junkan_role": "reviewer"},
    {"sub": "approver-1", "junkan_role": "approver", HOME: "one.example"},
    {"sub": "approver-3", "junkan_role": "approver", HOME: "three.example"},
    {"sub": "king", "junkan_role": "king"},
    {"sub": "guest"},
)


@contextmanager
def provider() -> Iterator[str]:
    """Runs the provider with PEOPLE; its address."""
    port = free_port()
    people = [part for one in PEOPLE for part in ("--user-claims", json.dumps(one))]
    with running([sys.executable, "-m", "oidc_provider_mock", "-p", str(port), *people]) as process:
        wait_for(f"http://127.0.0.1:{port}/.well-known/openid-configuration", process)
        yield f"http://127.0.0.1:{port}"


def write_secrets(folder: Path, public: str, provider_address: str) -> dict[str, str]:
    """Writes secrets and claims of a server that is reached under ``public``; the variables that name them."""
    auth = {
        "redirect_uri": f"{public}/oauth2callback",
        "cookie_secret": COOKIE_SECRET,
        "client_id": "junkan",
        "client_secret": "of the provider",
        "server_metadata_url": f"{provider_address}/.well-known/openid-configuration",
    }
    lines = ["[auth]", *(f"{key} = {json.dumps(value)}" for key, value in auth.items())]
    (folder / "secrets.toml").write_text("\n".join(lines), "utf-8")
    (folder / "claims.yaml").write_text(CLAIMS, "utf-8")
    return {SECRETS_VARIABLE: str(folder / "secrets.toml"), CLAIMS_VARIABLE: str(folder / "claims.yaml")}


@contextmanager
def served(port: int, store: Sequence[str], variables: dict[str, str], base: str = "") -> Iterator[subprocess.Popen]:
    """Runs ``junkan serve`` on a port of this machine, as it is started for others; its process."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), *store]
    based = {"STREAMLIT_SERVER_BASE_URL_PATH": base} if base else {}
    with running(command, {**os.environ, **variables, **based}) as process:
        wait_for(f"http://127.0.0.1:{port}/{base}{'/' if base else ''}_stcore/health", process)
        yield process


@contextmanager
def running(command: Sequence[str], variables: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """Runs a command of this project, and ends it."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=quiet, stderr=quiet)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def sign_in(context: BrowserContext, address: str, person: str) -> Page:
    """Opens the app in a browser, signs in at the provider as a person, and comes back."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name=person, exact=True).click()
    page.wait_for_url(f"{address}/**")
    settle(page)
    return page
