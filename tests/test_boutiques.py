"""The public page of the nearest boutique, as people's browsers show it."""

from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest

GANHI = {"latitude": 6.3540, "longitude": 2.4380}


@pytest.fixture
def page(browsers, stack):
    """A telephone's browser on the operator's page."""
    url = stack.url.replace("localhost", "mono.localhost")
    with browsers.page(url, 390, 844) as page:
        yield page


def fits(page):
    """Nobody scrolls sideways on a telephone."""
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_position_granted(page):
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(GANHI)
    page.goto("/boutiques")
    assert page.locator("h1").inner_text() == "La boutique la plus proche"
    # Whatever the hour at which the test runs
    page.get_by_label("Les boutiques fermées aussi").check()
    at = (datetime.now() + timedelta(days=3)).strftime("%Y-%m-%dT10:00")
    page.get_by_label("Quand").fill(at)
    page.get_by_role("button", name="Autour de moi").click()
    page.wait_for_url("**lat=6.354*")
    assert f"at={at}" in unquote(page.url), "the time asked for is kept"
    assert page.get_by_label("Quand").input_value() == at
    first = page.locator("[data-boutique]").first
    assert "Ganhi" in first.inner_text()
    assert first.locator("[data-telecom=distance]").inner_text().endswith(" m")
    page.locator("[data-telecom=map] .o_telecom_map_mark").first.wait_for()
    here = page.locator("[data-telecom=map] .leaflet-tooltip")
    assert here.inner_text() == "Vous êtes ici"
    assert page.locator("[data-boutique]").count() == 5
    assert fits(page)


def test_position_refused(page):
    page.context.clear_permissions()
    page.goto("/boutiques")
    refused = page.locator("[data-telecom=refused]")
    assert not refused.is_visible()
    page.get_by_role("button", name="Autour de moi").click()
    refused.wait_for(state="visible")
    assert page.evaluate("document.activeElement.id") == "town", "asks for the town"
    page.keyboard.type("Parakou")
    page.get_by_label("Les boutiques fermées aussi").check()
    page.get_by_role("button", name="Chercher").click()
    page.wait_for_url("**town=Parakou*")
    assert "Parakou" in page.locator("[data-boutique]").first.inner_text()
    assert fits(page)


def test_nothing_within_reach(page):
    """From Bamako: says so, and offers the nearest anyway."""
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 12.64, "longitude": -8.0})
    page.goto("/boutiques")
    page.get_by_label("Les boutiques fermées aussi").check()
    page.get_by_role("button", name="Autour de moi").click()
    page.locator("[data-telecom=missing-reach]").wait_for()
    first = page.locator("[data-boutique]").first
    assert first.locator("[data-telecom=distance]").inner_text().endswith(" km")
    assert fits(page)


def test_closed_says_when_it_opens(page):
    """Each says until when it is open, or when it opens; in French."""
    page.goto("/boutiques?town=Cotonou&open=0")
    badges = page.locator("[data-telecom=opening]").all_inner_texts()
    assert len(badges) == 5
    assert all(text.startswith(("Ouvert", "Ouvre")) for text in badges), badges


def test_unknown_town(page):
    page.goto("/boutiques?town=Atlantis&open=0")
    unknown = page.locator("[data-telecom=unknown-town]")
    assert "Atlantis" in unknown.inner_text()
    assert fits(page)
    unknown.get_by_role("link", name="Parakou").click()
    page.wait_for_url("**town=Parakou*")


def test_the_item_in_stock(page):
    """Only boutiques that have it: kiosks sell no such telephone."""
    page.goto("/boutiques?town=Cotonou&open=0")
    everywhere = page.locator("[data-boutique]").count()
    page.get_by_label("En stock").select_option(label="Smartphone Horizon H5")
    page.get_by_label("Les boutiques fermées aussi").check()
    page.get_by_role("button", name="Chercher").click()
    page.wait_for_url("**item=*")
    names = page.locator("[data-boutique] h2").all_inner_texts()
    assert names
    assert not any("Kiosque" in name for name in names), names
    assert everywhere == 5


def test_the_page_of_one_boutique(page):
    """What is sent to people by SMS."""
    page.goto("/boutiques?town=Cotonou&open=0")
    first = page.locator("[data-boutique]").first
    number = first.get_attribute("data-boutique")
    page.goto(f"/boutiques/{number}")
    assert page.locator("[data-boutique]").count() == 1
    assert fits(page)
    page.locator("[data-telecom=others]").click()
    page.wait_for_url("**lat=*")
    assert page.locator("[data-boutique]").count() > 1
