import asyncio

import tenacity


class Twice(tenacity.stop.stop_base):
    def __call__(self, state):
        return state.attempt_number >= 2


calls = []


@tenacity.retry(
    stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none(), retry=tenacity.retry_if_exception_type(ValueError)
)
def flaky(fail):
    calls.append(fail)
    if len(calls) < 3:
        raise ValueError(fail)
    return len(calls)


@tenacity.retry(stop=Twice(), reraise=True, before=lambda state: calls.append(state.attempt_number))
async def never():
    raise KeyError("never")


def hold():
    assert flaky(1) == 3 and len(calls) == 3
    calls.clear()
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(2) | Twice(), retry=tenacity.retry_if_result(lambda x: x is None)
    )
    walk = iter(tenacity.Retrying(stop=Twice()))
    with next(walk):
        raise OSError("first")
    return flaky, never, retrying, walk, tenacity.wait_exponential(max=8) + tenacity.wait_fixed(1), tenacity.RetryError


def use(held):
    flaky, never, retrying, walk, wait, error = held
    assert flaky(2) == 3 and calls == [2, 2, 2] and type(retrying) is tenacity.Retrying
    try:
        asyncio.run(never())
    except KeyError:
        assert calls[-2:] == [1, 2]
    else:
        raise AssertionError("no error")
    for attempt in walk:
        with attempt:
            assert attempt.retry_state.attempt_number == 2
    try:
        retrying(lambda: None)
    except error as raised:
        assert isinstance(raised, tenacity.RetryError) and raised.last_attempt.attempt_number == 2
    else:
        raise AssertionError("no error")
    state = tenacity.RetryCallState(retrying, None, (), {})
    state.attempt_number = 2
    assert wait(state) == 3 and isinstance(wait, tenacity.wait.wait_base) and retrying.copy().stop is retrying.stop
    del calls[:]
    try:
        flaky.retry_with(stop=Twice())(4)
    except error as raised:
        assert calls == [4, 4] and isinstance(raised.last_attempt.exception(), ValueError)
    else:
        raise AssertionError("no error")
