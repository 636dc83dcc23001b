"""Fuzzing by requests: good ones, and good ones that were mangled, in JSON and in the address."""

import http.client
import time
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from fuzz.messages import Answer, HttpRequest
from fuzz.requests import RequestMaker
from fuzz.running_shop import Shop
from fuzz.verdict import Verdict

ANSWER_SECONDS = 30
MAX_DEFECTS = 10
CONSOLE_LINES = 3
CONSOLE_LENGTH = 6000


@dataclass
class _Found:
    """Defects, each kind once."""

    kinds: dict[str, int] = field(default_factory=dict)

    def is_new(self, kind: str) -> bool:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        return self.kinds[kind] == 1


def run(shop: Shop, *, seconds: int, seed: int) -> int:
    """Return how many kinds of defects there are; each is printed with a request that shows it."""
    verdict = Verdict(shop.description())
    maker = RequestMaker(shop.engine_url)
    found = _Found()
    number = good = 0
    slowest_s, slowest = 0.0, 0
    until = time.monotonic() + seconds
    while time.monotonic() < until and len(found.kinds) < MAX_DEFECTS:
        request = maker.request(Random(f"{seed}-{number}"))
        started = time.monotonic()
        answer = _send(shop, request)
        slowest_s, slowest = max((slowest_s, slowest), (time.monotonic() - started, number))
        defect = verdict.defect(request, answer)
        if defect is not None and found.is_new(f"{request.route}: {defect}"):
            print(f"defect, seed {seed}, request {number}: {defect}\n  {request.shown()}")
            print(f"  {answer.status}: {answer.body[:500]!r}")
            if answer.status == http.client.INTERNAL_SERVER_ERROR:
                print(_traces(shop), flush=True)
        if answer.status == http.client.OK:
            good += 1
            maker.learn(request, answer)
        number += 1
    print(f"  {number} requests, {good} of them answered with 200, {len(found.kinds)} defects")
    print(f"  the slowest was request {slowest}: {slowest_s:.1f} s")
    return len(found.kinds)


def _send(shop: Shop, request: HttpRequest) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", shop.process.port, timeout=ANSWER_SECONDS)
    try:
        # A body that is too large is refused before all of it was sent.
        with suppress(BrokenPipeError):
            connection.request(request.method, request.target, request.body, dict(request.headers))
        response = connection.getresponse()
        return Answer(response.status, response.read(), dict(response.getheaders()))
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, repr(error).encode(), {})
    finally:
        connection.close()


def _traces(shop: Shop) -> str:
    lines = [line for line in shop.process.console.splitlines() if '"error"' in line]
    return "\n".join(line[-CONSOLE_LENGTH:] for line in lines[-CONSOLE_LINES:])
