"""The public page of the nearest boutique, as people's browsers show it."""

import pytest
from browser import ARGUMENTS, CHROMIUM
from playwright.sync_api import sync_playwright

GANHI = {"latitude": 6.3540, "longitude": 2.4380}


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, stack):
    """A telephone's browser on the operator's page, and what went wrong in it."""
    context = chromium.new_context(
        base_url=stack.url.replace("localhost", "mono.localhost"),
        viewport={"width": 390, "height": 844},
        locale="fr-FR",
    )
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    yield page
    context.close()
    assert not page.faults


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
    page.get_by_role("button", name="Autour de moi").click()
    page.wait_for_url("**lat=6.354*")
    first = page.locator("[data-boutique]").first
    assert "Ganhi" in first.inner_text()
    assert first.locator("[data-telecom=distance]").inner_text().endswith(" m")
    page.locator("[data-telecom=map] .o_telecom_map_mark").first.wait_for()
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
