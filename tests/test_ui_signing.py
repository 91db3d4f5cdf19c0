"""Tokens and signed addresses: what the server handed out is let in, everything else is not."""

import stat
from pathlib import Path

import pytest

from vabal_core.types import StudioError
from vabal_core.ui.signing import Person, image_allowed, image_url, person_token, read_person, secret, studio_id


def test_a_token_names_its_person_and_project():
    assert read_person("key", person_token("key", Person(3, "Åsa"))) == Person(3, "Åsa")


def test_a_token_of_another_studio_is_refused():
    with pytest.raises(StudioError, match="Reload"):
        read_person("key", person_token("other key", Person(3, "Åsa")))


def test_a_changed_token_is_refused():
    token = person_token("key", Person(3, "Åsa"))
    with pytest.raises(StudioError):
        read_person("key", token[:-1] + ("a" if token[-1] != "a" else "b"))


def test_the_secret_outlives_the_process_and_is_its_owners_alone(tmp_path: Path):
    made = secret(tmp_path)
    secret.cache_clear()
    assert secret(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_an_empty_secret_file_is_named(tmp_path: Path):
    (tmp_path / "secret").touch()
    with pytest.raises(StudioError, match="secret"):
        secret(tmp_path)


def test_the_name_of_a_studio_does_not_tell_its_secret():
    assert studio_id("key") == studio_id("key") != studio_id("other key")
    assert "key" not in studio_id("key")


def test_an_image_address_stays_the_same_so_that_browsers_keep_the_image():
    assert image_url("key", 1, 2, "abc", "full") == image_url("key", 1, 2, "abc", "full")


@pytest.mark.parametrize(("project", "image", "size"), [(2, 2, "full"), (1, 3, "full"), (1, 2, "thumbnail")])
def test_a_signature_fits_one_image_of_one_project_in_one_size(project: int, image: int, size: str):
    signature = image_url("key", 1, 2, "abc", "full").rpartition("signature=")[2]
    assert image_allowed("key", 1, 2, "full", signature)
    assert not image_allowed("key", project, image, size, signature)
