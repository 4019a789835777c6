"""Of a path, words and ids are told; anything else may be a secret."""

import pytest
from gateway_service.http.path import tellable

ID = "0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "/"),
        ("/api/v1/admin/create-admin", "/api/v1/admin/create-admin"),
        (f"/api/v1/customers/{ID}", f"/api/v1/customers/{ID}"),
        ("/api/v1/customers/ada@example.org", "/api/v1/customers/…"),
        ("/reset/eyJhbGciOiJFZERTQSJ9.e30.c2ln/now", "/reset/…/now"),
        ("/login/Correct horse", "/login/…"),
        ("/login/hunter2/", "/login/…/"),
        ("/.env", "/…"),
        ("/wp-login.php", "/wp-login.php"),
        ("/" + "x" * 33, "/…"),
        ("/a" * 200, "/a" * 128),
        ("/\u2028\x00", "/…"),
    ],
)
def test_words_and_ids_of_a_path_are_told(path: str, told: str) -> None:
    assert tellable(path) == told
