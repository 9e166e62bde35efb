"""Whether a worker is alive: it leaves a note in Redis every fifteen seconds."""

from integrations.runtime.outbox.queue import FAST
from integrations.runtime.settings import Settings

_PATIENCE_S = 5


def worker_is_alive(settings: Settings) -> bool:
    """True while the note of any worker is there; False also when Redis does not answer."""
    import redis

    url = settings.redis_url.get_secret_value()
    try:
        with redis.Redis.from_url(url, socket_timeout=_PATIENCE_S) as link:
            return bool(link.exists(f"{FAST}:health-check"))
    except redis.RedisError:
        return False
