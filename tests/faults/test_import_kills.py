"""An import survives the death of every process it passes through: nothing lost, nothing doubled."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from local.process import poll
from tests.browser.samples import sample
from tests.e2e.api import Api, Refusal
from tests.e2e.test_maven import PRODUCT, SECTOR, TEAMS, USERS
from tests.support.stack import Stack

VICTIMS = ("sales", "postgres", "nats", "reporting", "customers", "identity", "gateway")
SECONDS = 180


def patiently(step: Callable[[], object]) -> None:
    """Do it, again and again, while the system is partly away."""

    def done() -> bool:
        try:
            step()
        except (Refusal, httpx.HTTPError) as error:
            # Said already, and heard by the server although the answer was lost.
            return isinstance(error, Refusal) and error.status == 409
        return True

    assert poll(done, SECONDS, every=0.5)


def test_kills(new_stack: Callable[..., Stack], tmp_path: Path) -> None:
    """Ten kill -9 at random moments, of services, PostgreSQL, NATS and the gateway: the end is as without them."""
    bring_in_under_fire(new_stack, tmp_path, 10)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_kills(new_stack: Callable[..., Stack], tmp_path: Path) -> None:
    """Two hundred of them, over and over the same rows."""
    bring_in_under_fire(new_stack, tmp_path, 200)


def bring_in_under_fire(new_stack: Callable[..., Stack], tmp_path: Path, kills: int) -> None:
    """Import the company's files while processes die, and compare the end with what the files say."""
    stack, files = new_stack(fsync=True), sample(tmp_path)
    chance = random.Random(time.time_ns())
    api = Api.sign_up(stack)
    api.bring_in("teams", files.file("sales_teams"), mappings=TEAMS)
    api.bring_in("users", files.file("sales_teams"), mappings=USERS)
    api.bring_in("products", files.file("products"))
    api.bring_in("accounts", files.file("accounts"), SECTOR)
    job = api.upload("opportunities", files.file("sales_pipeline"))
    api.step(job, "validate")
    api.step(job, "repair", repairs=[PRODUCT])
    patiently(lambda: api.post(f"imports/{job['id']}:run"))
    for _ in range(kills):
        victim = chance.choice(VICTIMS)
        stack.kill(victim)
        poll(lambda: False, chance.uniform(0.2, 2.0), every=0.2)
    for victim in VICTIMS:
        stack.wait_ready(victim, 120)

    def settled() -> bool:
        try:
            found = api.get(f"imports/{job['id']}")
            won, lost, revenue = api.report("win-rate")["totals"]["values"][2:5]
        except (Refusal, httpx.HTTPError):
            return False
        level = (int(won), int(lost), float(revenue)) == (files.won, files.lost, float(files.revenue))
        return found["state"] == "done" and level

    assert poll(settled, SECONDS, every=1.0), api.get(f"imports/{job['id']}")
    done = api.get(f"imports/{job['id']}")
    assert (files.rows, files.rows) == (done["counts"]["created"], min(files.rows, api.total("opportunities")))
    again = api.bring_in("opportunities", files.file("sales_pipeline"), PRODUCT)
    assert (0, files.rows) == (again["counts"]["created"], again["counts"]["unchanged"])
