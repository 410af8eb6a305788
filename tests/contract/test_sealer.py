"""What is sealed can be read by this installation alone, also after its secret was replaced."""

import pytest

from bulkpress_core.adapters.fernet_sealer import FernetSealer
from bulkpress_core.domain.errors import SealBrokenError

OLD, NEW = "o" * 32, "n" * 32


def test_what_was_sealed_is_unsealed_and_cannot_be_read_before() -> None:
    sealer = FernetSealer([OLD])
    sealed = sealer.seal("p\u00e4ssword")
    assert "ssword" not in sealed
    assert sealer.unseal(sealed) == "p\u00e4ssword"
    assert sealer.seal("p\u00e4ssword") != sealed


def test_a_secret_put_behind_a_new_one_is_still_understood() -> None:
    sealed = FernetSealer([OLD]).seal("password")
    assert FernetSealer([NEW, OLD]).unseal(sealed) == "password"
    with pytest.raises(SealBrokenError, match="BULKPRESS_SECRET_KEY"):
        FernetSealer([NEW]).unseal(sealed)


@pytest.mark.parametrize("sealed", ["", "x", "gAAAAA", "\u00fc"])
def test_what_was_never_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(SealBrokenError):
        FernetSealer([OLD]).unseal(sealed)
