"""`stack/answer`: the customers whom the demo calls."""

import os
import signal
import subprocess

import pytest

from stack import ROOT


@pytest.fixture
def customers(stack):
    """Everybody who is called answers, and hangs up after two seconds."""
    port = stack.own_ports()
    process = subprocess.Popen(
        [
            *(ROOT / "stack" / "answer", "--answer", "100", "--busy", "0"),
            *("--seconds", "2", "--port", str(port)),
        ],
        env=dict(os.environ, TELECOM_INSTANCE=stack.instance.name),
        stdout=subprocess.DEVNULL,
    )
    yield port
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0


def test_customers_of_the_demo_answer(crowd, campaign, people, customers):
    numbers = people("1" * 4)
    outbound = campaign(numbers, customers, ring_seconds=20)
    rows = outbound.ended(len(numbers), 60)
    assert {row["result"] for row in rows} == {"answered"}
    assert all(row["connected_at"] for row in rows)
