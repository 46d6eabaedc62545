import io
import logging

import tqdm
import tqdm.contrib.logging
import tqdm.utils


class Bar(tqdm.tqdm):
    """A bar of the program with a column of its own."""

    @property
    def format_dict(self):
        return dict(super().format_dict, double=self.n * 2)


def hold():
    out = io.StringIO()
    bar = Bar(total=10, file=out, desc="work", bar_format="{desc} {n}/{total} {double}", mininterval=0, miniters=1)
    bar.update(3)
    walk = iter(tqdm.tqdm(range(5), file=io.StringIO(), position=1))
    assert next(walk) == 0 and "work 3/10 6" in out.getvalue()
    return (
        out,
        bar,
        walk,
        tqdm.trange(3, file=io.StringIO(), disable=True),
        tqdm.contrib.logging.logging_redirect_tqdm,
        tqdm.tqdm.get_lock(),
    )


def use(held):
    out, bar, walk, disabled, redirect, lock = held
    bar.set_description("more")
    bar.update(4)
    assert "more:  7/10 14" in out.getvalue() and isinstance(bar, tqdm.tqdm) and bar in Bar._instances
    assert list(walk) == [1, 2, 3, 4] and list(disabled) == [0, 1, 2] and tqdm.tqdm.get_lock() is lock
    with redirect([logging.getLogger("sample")]):
        tqdm.tqdm.write("line", file=out)
    bar.close()
    assert "line\n" in out.getvalue() and bar not in Bar._instances and tqdm.tqdm.format_interval(3661) == "1:01:01"
    assert tqdm.tqdm.format_sizeof(123456) == "123k" and tqdm.utils.disp_len("\x1b[1mab") == 2
