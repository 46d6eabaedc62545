"""base/sha256 against hashlib: every length around a block, handed over in one piece and in several."""

import hashlib
import random

import pytest
from midflight import _testing

BYTES = random.Random(7).randbytes(5000)


@pytest.mark.parametrize("length", [*range(0, 200), 1000, 4096, 4097, 5000])
def test_one_piece(length):
    assert _testing.sha256(BYTES[:length], 1 << 20) == hashlib.sha256(BYTES[:length]).digest()


@pytest.mark.parametrize("step", [1, 3, 55, 63, 64, 65, 127, 128, 129, 1000])
def test_pieces(step):
    assert _testing.sha256(BYTES, step) == hashlib.sha256(BYTES).digest()
