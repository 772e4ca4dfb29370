"""Whether the broker answers: asked outside of any transaction, with a second of patience."""

from __future__ import annotations

import redis


def version(url: str | None) -> str | None:
    """What the broker calls itself ("valkey 8.1"), or None when it does not answer; "" where none is set."""
    if not url:
        return ""
    try:
        with redis.Redis.from_url(redis_url(url), socket_timeout=1, socket_connect_timeout=1) as client:
            told = client.info("server")
    except (redis.RedisError, OSError, ValueError):
        return None
    name = told.get("server_name") or "redis"
    return f"{name} {told.get(f'{name}_version') or told.get('redis_version', '')}".strip()


def redis_url(url: str) -> str:
    """Celery says redis+socket://PATH?virtual_host=N, redis-py unix://PATH?db=N."""
    if not url.startswith("redis+socket://"):
        return url
    path, _, options = url.removeprefix("redis+socket://").partition("?")
    return f"unix://{path}" + (f"?db={options.rpartition('virtual_host=')[2]}" if "virtual_host=" in options else "")
