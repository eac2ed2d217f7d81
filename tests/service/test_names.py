"""What a service is called."""

from __future__ import annotations

import pytest

from uncork.errors import UsageError
from uncork.service.names import name_from_folder, service_name


@pytest.mark.parametrize("given", ["shop", "shop.service", "shop.socket"])
def test_a_unit_names_its_service(given: str) -> None:
    assert service_name(given).name == "shop"


@pytest.mark.parametrize("given", ["", "../etc", "a b", "@", "shop@1", "-x", ".x", "é", "x" * 65])
def test_what_systemd_would_misread_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="can't be a service's name"):
        service_name(given)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("/srv/Shop", "shop"), ("/home/ada/My Shop!", "my-shop"), ("/srv/.hidden", "hidden")],
)
def test_a_folder_gives_its_name(folder: str, name: str) -> None:
    assert name_from_folder(folder).name == name


def test_a_folder_without_a_usable_name_needs_one() -> None:
    with pytest.raises(UsageError, match="no service name"):
        name_from_folder("/srv/…")
