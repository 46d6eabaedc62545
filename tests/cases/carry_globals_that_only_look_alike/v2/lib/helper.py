from ._impl import wait
