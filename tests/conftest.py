"""Fixtures: a running instance for the session, a clean state for each test."""

import itertools
import random
import shutil
from contextlib import suppress

import media
import pytest
from agents import Agent
from browser import Browsers, Desk
from ledger import Ledger
from outbound import callees, campaign, people  # noqa: F401 (fixtures)
from sip import SipWorld
from world import World

from odoo import Session

import stack as stack_module
from stack import wait_for


def pytest_addoption(parser):
    parser.addoption(
        "--only-postgresql",
        action="store_true",
        help="start no other service: for tests with the marker `processes`",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "faults: stops or freezes services")
    config.addinivalue_line(
        "markers",
        "processes: of Odoo, that are killed, or several at once; needs its database"
        " only, and leaves other databases of the same server in peace",
    )


@pytest.fixture(scope="session")
def stack(request):
    """The instance, up and in step; stopped afterwards if it was not running."""
    current = stack_module.current()
    if request.config.getoption("only_postgresql"):
        current.start("postgresql")
        yield current
        current.close()
        return
    before = current.running()
    current.start_all()
    wait_for(
        current.gateway_ready, 60, lambda: f"the gateway ready: {current.health()}"
    )
    try:
        yield current
    finally:
        if len(before) < len(current.services):
            current.stop_all()


@pytest.fixture(scope="session")
def artefacts(stack):
    folder = stack.log_folder / "e2e"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def login(stack):
    """Sessions by login, each made once."""
    sessions = {}

    def log_in(name, password="demo", fresh=False):
        if fresh or name not in sessions:
            session = Session(stack.url, stack.instance.database, name, password)
            if fresh:
                return session
            sessions[name] = session
        return sessions[name]

    return log_in


@pytest.fixture(scope="session")
def world(stack, login):
    """The demo's records, and what the tests add to them."""
    return World(stack, login)


@pytest.fixture(scope="session")
def _agents(stack, world, login):
    return {
        name: Agent(stack, login(name), record) for name, record in world.agents.items()
    }


@pytest.fixture(scope="session")
def browsers():
    launched = Browsers()
    yield launched
    launched.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture
def folder(request, stack, artefacts):
    """A folder for what a test leaves to look at; kept when it fails."""
    path = artefacts / request.node.name.replace("/", "_")[:80]
    path.mkdir(parents=True, exist_ok=True)
    since = {log: log.stat().st_size for log in stack.log_folder.glob("*.log")}
    yield path
    reports = [
        getattr(request.node, f"report_{when}", None) for when in ("setup", "call")
    ]
    if all(report is None or report.passed for report in reports):
        shutil.rmtree(path, ignore_errors=True)
        return
    for log in stack.log_folder.glob("*.log"):
        with log.open("rb") as file:
            file.seek(since.get(log, 0))
            (path / log.name).write_bytes(file.read()[-400_000:])
    with suppress(Exception):
        (path / "channels.txt").write_text(
            stack.asterisk("core show channels verbose") + stack.asterisk("queue show")
        )


@pytest.fixture
def clean(stack, world, _agents, folder):
    """Every service up, no channel, every agent offline; the same afterwards."""
    yield
    stack.restore()
    wait_for(stack.gateway_ready, 60, lambda: f"the gateway ready: {stack.health()}")
    for channel, *_rest in stack.channels():
        stack.asterisk(f"channel request hangup {channel}")
    wait_for(lambda: not stack.channels(), 15, lambda: f"channels {stack.channels()}")
    world.settle(_agents.values())


@pytest.fixture
def sip(stack, folder, clean):
    """SIPp callers and phones, ended with the test."""
    world_of_sip = SipWorld(stack, folder)
    yield world_of_sip
    world_of_sip.close()


@pytest.fixture
def agents(_agents, clean):
    """The demo's agents by login, all offline."""
    return _agents


@pytest.fixture
def ledger(stack):
    """What Asterisk writes down during the test."""
    return Ledger(stack)


@pytest.fixture(scope="session")
def microphone(stack, artefacts):
    """Wav files for microphones, by frequency."""

    def make(frequency=440):
        path = artefacts / f"microphone-{frequency}.wav"
        if not path.exists():
            samples = media.tone(frequency, 10, rate=48000)
            media.write_wav(path, samples, rate=48000)
        return path

    return make


@pytest.fixture
def desk(request, browsers, microphone, folder, agents):
    """Open an agent's desk in a browser: ``desk("agent1")``."""
    opened = []

    def open_desk(name, frequency=440, ready=True):
        agent = agents[name]
        tab = Desk(browsers.get(microphone(frequency)), agent.session, folder)
        tab.agent = agent
        opened.append(tab)
        if ready:
            tab.click("ready")
            tab.registered()
            agent.wait_member(paused=False)
        return tab

    yield open_desk
    node = request.node
    reports = [getattr(node, f"report_{when}", None) for when in ("setup", "call")]
    for number, tab in enumerate(opened):
        if any(report and report.failed for report in reports):
            tab.screenshot(f"desk-{number}")
        tab.close()


@pytest.fixture(scope="session")
def benin_number():
    """New Benin mobile numbers, ten national digits."""
    numbers = itertools.count(random.randrange(1_000_000))
    return lambda: f"+2290196{next(numbers) % 1_000_000:06d}"


@pytest.fixture(scope="session")
def tunisia_number():
    """New Tunisian mobile numbers."""
    numbers = itertools.count(random.randrange(1_000_000))
    return lambda: f"+21621{next(numbers) % 1_000_000:06d}"


@pytest.fixture
def crowd(sip, world, stack, folder):
    """Twenty agents with desk phones at work on the service number ``CROWD``."""
    sip.phones({user: world.secrets[user] for user in world.crowd}, ring=0.3)
    with world.crowd_at_work(folder):
        yield world.crowd


@pytest.fixture
def page(browsers, stack):
    """The seller's telephone, which tells no position."""
    with browsers.page(stack.url, 390, 844, "seller.benin", has_touch=True) as page:
        page.goto("/odoo/field-day")
        page.locator("[data-telecom=field]").wait_for()
        yield page
