"""`python -m ocr_async.testing`: the scripted service on a loopback socket, for tests of other processes."""

from __future__ import annotations

import argparse
import sys

from ocr_async.local.service import Rate, ServiceLimits
from ocr_async.testing.faults import random_faults
from ocr_async.testing.server import address, listening, run
from ocr_async.testing.service import ScriptedService


def main() -> None:
    """Serve until interrupted; the first line of output is the base URL."""
    parser = argparse.ArgumentParser(prog="python -m ocr_async.testing", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--seconds", type=float, default=0.0, help="time that a picture takes")
    parser.add_argument("--concurrency", type=int, help="calls at once, then ModelArts.4401")
    parser.add_argument("--rate", type=int, help="calls in a window of time, then HTTP 429")
    parser.add_argument("--window", type=float, default=1.0, help="its seconds")
    parser.add_argument("--burst", type=int, help="give calls back one by one, and save up so many")
    parser.add_argument("--unannounced", action="store_true", help="do not name the rate in the refusal")
    parser.add_argument("--retry-after", action="store_true", help="send Retry-After with it")
    parser.add_argument("--faults", type=float, default=0.0, help="share of the calls with a random fault")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    options = parser.parse_args()
    faults = random_faults(options.faults, seed=options.seed)
    service = ScriptedService(faults=faults, limits=_limits(options), seconds=options.seconds)
    with listening(options.port) as listener:
        sys.stdout.write(address(listener) + "\n")
        sys.stdout.flush()
        run(service, listener)


def _limits(options: argparse.Namespace) -> ServiceLimits:
    if options.rate is None:
        return ServiceLimits(options.concurrency)
    rate = Rate(
        options.rate,
        options.window,
        announced=not options.unannounced,
        retry_after=options.retry_after,
        burst=options.burst,
    )
    return ServiceLimits(options.concurrency, rate)


if __name__ == "__main__":
    main()
