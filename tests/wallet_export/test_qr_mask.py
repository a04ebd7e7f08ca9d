"""The codes are those of the library, module for module, only made faster."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import create_data, lost_point

from wallet_export import qr_mask
from wallet_export.qr_codewords import codewords, version_for
from wallet_export.qr_layout import as_code
from wallet_export.qr_mask import modules_of

LEVELS = (ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H)


def code(data: bytes, level: int) -> QRCode[object]:
    made: QRCode[object] = QRCode(error_correction=level)
    made.add_data(data)
    return made


def compare(data: bytes, level: int) -> None:
    theirs = code(data, level)
    theirs.make(fit=True)
    ours = code(data, level)
    assert [[digit == "1" for digit in row] for row in modules_of(ours)] == theirs.modules
    assert ours.version == theirs.version


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=150), st.sampled_from(LEVELS))
def test_the_modules_are_those_of_the_library(data: bytes, level: int) -> None:
    compare(data, level)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "data",
    [
        b"https://badges.example.org/credentials/82f805c2-0dda-4b57-bc8d-74dea9bd9a63",
        b"1234567890" * 4,
        b"HTTPS://BADGES.EXAMPLE/" + b"A" * 30,
        b"x" * 153 + b"9" * 21,
        b"x" * 192,
    ],
)
def test_addresses_digits_capitals_and_versions_with_numbers_of_their_own(data: bytes, level: int) -> None:
    compare(data, level)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2_953), st.sampled_from(LEVELS))
def test_the_smallest_version_is_taken(length: int, level: int) -> None:
    theirs = code(b"\xff" * length, level)
    try:
        theirs.best_fit()
    except (DataOverflowError, ValueError):
        with pytest.raises(DataOverflowError):
            version_for(length, level)
    else:
        assert version_for(length, level) == theirs.version


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=400), st.sampled_from(LEVELS), st.integers(0, 20))
def test_the_codewords_are_those_of_the_library(data: bytes, level: int, more: int) -> None:
    version = min(40, version_for(len(data), level) + more)
    theirs = code(data, level)
    if [chunk.data for chunk in theirs.data_list] == [data] and theirs.data_list[0].mode == 4:
        assert codewords(data, version, level) == create_data(version, level, theirs.data_list)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=60), st.integers(0, 7))
def test_each_mask_loses_what_the_library_counts(data: bytes, mask: int) -> None:
    theirs = code(data, ERROR_CORRECT_M)
    theirs.best_fit()
    theirs.makeImpl(True, mask)
    assert qr_mask._lost(as_code(theirs.modules), len(theirs.modules)) == lost_point(theirs.modules)
