"""Has none of them any more."""
