"""The example of a proxy covers every hole that docs/deploy.md names, for the version that is installed."""

import base64
import hashlib
import re
import tomllib

import yaml

from app.access import ROLES, has_sign_in
from app.charts.page_script import page_script
from app.commands.operation.script_hashes import script_hashes
from app.commands.operation.serve import is_sign_in_set_up
from app.storage.database.people import granted_by
from app.storage.store_location import ROOT

DEPLOY = ROOT / "docs" / "deploy"


def test_the_proxy_sets_what_the_framework_does_not() -> None:
    conf = (DEPLOY / "nginx.conf").read_text("utf-8")
    for header in ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy"):
        assert re.search(rf'add_header {header} +".+" always;', conf)
    assert "location = /junkan/_stcore/metrics { return 404; }" in conf
    assert re.search(r"media\|_stcore/upload_file.*\n *if \(\$cookie__streamlit_user = \"\"\) { return 403; }", conf)
    assert "SCRIPT_HASHES" in conf and "unsafe-eval" not in conf
    limit = int(re.search(r"client_max_body_size (\d+)m", conf).group(1))
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert limit > settings["server"]["maxUploadSize"]
    handed_on = (DEPLOY / "junkan_proxy.conf").read_text("utf-8")
    assert re.search(r"proxy_cookie_flags _streamlit_xsrf secure samesite=lax;", handed_on), "the page reads this one"
    assert re.search(r"proxy_cookie_flags ~ +secure httponly samesite=lax;", handed_on)


def test_every_script_of_a_page_has_its_hash() -> None:
    hashes = script_hashes()
    for language in ("ja", "en"):
        digest = base64.b64encode(hashlib.sha256(page_script(language).encode()).digest()).decode()
        assert f"'sha256-{digest}'" in hashes
    assert len(hashes) >= 3


def test_the_examples_of_secrets_and_claims_are_whole(tmp_path) -> None:
    example = DEPLOY / "secrets.toml.example"
    assert has_sign_in(tomllib.loads(example.read_text("utf-8"))) and is_sign_in_set_up(example)
    assert not is_sign_in_set_up(tmp_path / "none.toml")
    mapping = yaml.safe_load((DEPLOY / "claims.yaml.example").read_text("utf-8"))
    assert set(mapping["role"]["values"].values()) == set(ROLES)
    (home,) = mapping["institution"]["values"]
    assert granted_by({"junkan_role": "editor", "schac_home_organization": home}, mapping) is not None


def test_a_public_address_without_sign_in_is_refused_with_a_sentence(tmp_path, capsys) -> None:
    from app.cli import main

    code = main(["--lang", "en", "serve", "--address", "0.0.0.0", "--port", "0", "--store", str(tmp_path / "s")])
    assert code == 13 and "Sign-in is not set up" in capsys.readouterr().err and not (tmp_path / "s").exists()
