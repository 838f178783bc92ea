"""A customer complains on the telephone; the agent settles it during the call."""

from world import SERVICE

from stack import wait_for


def claims_of(world, customer):
    return world.stack.sql(
        """SELECT t.*, c.telecom_branch AS category_branch, s.name AS solution
        FROM helpdesk_ticket t
        LEFT JOIN helpdesk_ticket_category c ON c.id = t.category_id
        LEFT JOIN telecom_solution s ON s.id = t.telecom_solution_id
        WHERE t.partner_id = %s""",
        customer,
    )


def told(world, claim):
    """Texts of the e-mails about a claim, oldest first."""
    return [
        row["body"]
        for row in world.stack.sql(
            """SELECT body FROM mail_message
            WHERE model = 'helpdesk.ticket' AND res_id = %s
              AND message_type = 'email_outgoing' ORDER BY id""",
            claim,
        )
    ]


def test_a_claim_is_settled_during_the_call(sip, desk, agents, world, benin_number):
    number = benin_number()
    clerk = world.login("clerk.benin")
    customer = world.customer(number, "Rachidath Bello", email="rachidath@example.com")
    line = clerk.create(
        "telecom.line",
        partner_id=customer,
        msisdn=number,
        state="active",
        company_id=world.benin,
    )
    solution = clerk.create(
        "telecom.solution",
        name="Carte SIM rafraîchie à distance",
        description="Éteignez et rallumez votre téléphone.",
        company_id=world.benin,
    )
    category = clerk.search(
        "helpdesk.ticket.category",
        [("telecom_branch", "=", "technical"), ("company_id", "=", world.benin)],
        limit=1,
    )[0]["id"]
    clerk.create(
        "helpdesk.ticket",
        name="Itinérance zénithale bloquée",
        partner_id=customer,
        company_id=world.benin,
        category_id=category,
        telecom_solution_id=solution,
        telecom_state="treated",
    )
    (before,) = claims_of(world, customer)

    tab = desk("agent1")
    caller = sip.call(SERVICE, number, talk=120)
    tab.click("answer", timeout=15)
    tab.agent.wait(activity="talking")
    assert "Rachidath Bello" in tab.text("card-name")

    # The dialog asks for the subject first: one only has to type.
    tab.click("new-claim")
    tab.page.locator(".modal .o_field_widget[name='name'] input:focus").wait_for()
    tab.page.keyboard.type("itinerance zenithale bloquee")
    tab.seen("similar-claims")
    assert "Carte SIM rafraîchie" in tab.text("similar-claims")
    # One click takes the solution over, and what such claims are about.
    tab.click("similar-reuse")
    tab.page.locator(".modal [data-telecom='similar-claims'] .badge").wait_for()
    tab.page.locator(".modal [data-telecom='claim-treated']:visible").click()
    note = tab.page.locator(".modal .o_field_widget[name='note'] textarea")
    wait_for(
        lambda: note.input_value() == "Éteignez et rallumez votre téléphone.",
        10,
        "the solution's text in the dialog",
    )
    tab.page.locator(".modal button[name='action_confirm']").click()
    tab.page.locator(".modal").wait_for(state="detached")
    # The call goes on all the while.
    assert tab.agent.state()["activity"] == "talking"

    def settled():
        rows = [row for row in claims_of(world, customer) if row["id"] != before["id"]]
        return rows and rows[0]["telecom_state"] == "treated" and rows[0]

    claim = wait_for(settled, 10, lambda: f"treated: {claims_of(world, customer)}")
    assert claim["telecom_call_id"] == world.call(number)["id"]
    assert claim["telecom_line_id"] == line
    assert claim["company_id"] == world.benin
    assert claim["category_id"] == category
    assert claim["telecom_branch"] == claim["category_branch"] == "technical"
    assert claim["solution"] == "Carte SIM rafraîchie à distance"
    assert claim["user_id"] == tab.agent.session.uid
    # Told that it was received, and what was done.
    received, done = told(world, claim["id"])
    assert "Rachidath Bello" in received and claim["number"] in received
    assert "Éteignez et rallumez votre téléphone." in done

    # One that takes longer is saved by the keyboard, and stands on the card.
    tab.click("new-claim")
    tab.page.locator(".modal .o_field_widget[name='name'] input:focus").wait_for()
    tab.page.keyboard.type("Facture en double")
    tab.page.keyboard.press("Alt+s")
    tab.page.locator(".modal").wait_for(state="detached")
    tab.page.locator(
        "[data-telecom='claims'] :text('Facture en double')"
    ).first.wait_for()

    tab.click("hangup")
    caller.ended(10)
    tab.agent.wait(activity="wrapup")
    tab.agent.finish()
    world.call(number, state="ended", outcome="answered")
    assert not tab.page_errors(), tab.page_errors()
