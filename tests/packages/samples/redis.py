import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry


class Client(redis.Redis):
    """A subclass outside."""


def hold():
    client = Client(host="127.0.0.1", port=1, retry=Retry(ExponentialBackoff(), 0), decode_responses=True)
    pipe = client.pipeline()
    pipe.set("a", 1).get("a")
    return client, pipe, client.connection_pool, client.register_script("return 1"), redis.ConnectionError


def use(held):
    client, pipe, pool, script, error = held
    assert isinstance(client, redis.Redis) and len(pipe) == 2 and type(pool) is redis.ConnectionPool
    assert error is redis.ConnectionError and issubclass(redis.TimeoutError, redis.RedisError)
    for call in (client.ping, pipe.execute, script):
        try:
            call()
        except redis.ConnectionError:
            continue
        raise AssertionError("nobody listens there")
    assert type(redis.from_url("redis://u:p@h:7/3")).__name__ == "Redis" and client.get_encoder().encode(1) == b"1"
