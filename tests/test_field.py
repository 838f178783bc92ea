"""The field seller's telephone, with a network that comes and goes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from odoo import RpcError


def fits(page):
    """Nobody scrolls sideways on a telephone."""
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def agree(page, name, hour):
    """Enter an appointment of an evening in five days: nobody visits then."""
    page.locator("[data-telecom=field-new]").click()
    page.locator("[data-telecom=field-name]").fill(name)
    page.locator("[data-telecom=field-city]").fill("Cotonou")
    when = page.evaluate(
        "hour => luxon.DateTime.now().setZone('Africa/Porto-Novo').plus({days: 5})"
        ".set({hour, minute: 0}).toFormat(\"yyyy-MM-dd'T'HH:mm\")",
        hour,
    )
    page.locator("[data-telecom=field-when]").fill(when)
    page.locator("[data-telecom=field-agree]").click()
    page.locator("[data-telecom=field-card]", has_text=name).wait_for()


@pytest.fixture
def stored(login):
    """How many appointments with somebody the server knows; gone afterwards."""
    session, found = login("manager.benin"), set()

    def count(name):
        domain = [["customer_name", "=", name]]
        ids = session.call("telecom.appointment", "search", domain)
        found.update(ids)
        return len(ids)

    yield count
    session.call("telecom.appointment", "unlink", list(found))


def waiting(page, count):
    page.locator(f"[data-telecom=field][data-waiting='{count}']").wait_for()


def test_entered_without_network_and_sent_once(page, stored):
    name = page.evaluate("'Chabi ' + Date.now()")
    waiting(page, 0)
    page.context.set_offline(True)
    agree(page, name, 19)
    waiting(page, 1)
    page.locator("[data-telecom=field-network]", has_text="Pas de réseau").wait_for()
    assert fits(page)
    assert stored(name) == 0
    page.context.set_offline(False)
    waiting(page, 0)
    assert stored(name) == 1


def test_a_lost_answer_does_nothing_twice(page, stored):
    """The server took it, and the telephone never heard so."""
    name = page.evaluate("'Bio ' + Date.now()")
    waiting(page, 0)
    lost = []

    def lose_once(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/telecom.field.app/send", lose_once)
    # Not by what the page shows of its network: its look for customers of that name
    # may come through a moment later
    with page.expect_event("requestfailed", lambda one: "app/send" in one.url):
        agree(page, name, 20)
    assert stored(name) == 1
    waiting(page, 1)
    # It would be sent again by itself a little later
    page.evaluate("window.dispatchEvent(new Event('online'))")
    waiting(page, 0)
    assert lost == [200]
    assert stored(name) == 1


def test_kept_when_the_page_is_loaded_again(page, stored):
    name = page.evaluate("'Dossou ' + Date.now()")
    waiting(page, 0)
    page.route("**/telecom.field.app/**", lambda route: route.abort())
    agree(page, name, 21)
    waiting(page, 1)
    page.reload()
    # Without an answer of the server, the day and the entry are on the telephone
    waiting(page, 1)
    page.locator("[data-telecom=field-day]").nth(5).click()
    page.locator("[data-telecom=field-card]", has_text=name).wait_for()
    assert stored(name) == 0
    page.unroute("**/telecom.field.app/**")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    waiting(page, 0)
    assert stored(name) == 1


def test_two_people_choose_the_same_time(login, stored):
    """One gets it, the other is told: whatever each has seen before."""
    sessions = [login("manager.benin"), login("clerk.benin")]
    model = "telecom.appointment"
    slots = sessions[0].call(model, "get_slots", {"city": "Cotonou"})["slots"]
    slot = slots[-1]

    def book(session):
        values = {"customer_name": "Deux fois", "city": "Cotonou"}
        try:
            return session.call(model, "book", values, slot["seller_id"], slot["start"])
        except RpcError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(book, sessions))
    assert stored("Deux fois") == 1
    [refused] = [answer for answer in answers if isinstance(answer, str)]
    assert "ValidationError" in refused
