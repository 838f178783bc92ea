"""A campaign that calls out and its agents, in ``odoo shell``: run again without harm.

``CONFIG``: ``agents``, ``numbers``, ``trunk_port``, values of the ``campaign``.
``_people.py`` stands in front. Prints ids, telephone secrets and session cookies.
"""

# ruff: noqa: F821
import json

crew = agents("benchdial", CONFIG["agents"], pbx, 84000)
dial_queue = queue("Bench, dialer", pbx, crew)
secrets = fresh(crew)
Campaign = env["telecom.campaign"].with_company(benin)
Campaign.search([("kind", "=", "outbound"), ("state", "=", "live")]).write(
    {"state": "stopped"}
)
env.ref("telecom_callcenter.trunk_demo").port = CONFIG["trunk_port"]
always = env["resource.calendar"].search([("name", "=", "Bench, always")], limit=1)
if not always:
    hours = [
        dict(name="Always", dayofweek=str(day), hour_from=0, hour_to=24)
        for day in range(7)
    ]
    always = always.create(
        dict(
            name="Bench, always",
            company_id=benin.id,
            tz="Africa/Porto-Novo",
            attendance_ids=[(0, 0, values) for values in hours],
        )
    )
company = [("company_id", "=", benin.id)]
dids = env["telecom.did"].search([*company, ("pbx_id", "=", pbx.id)], limit=1)
campaign = Campaign.create(
    dict(
        name="Bench, dialer",
        kind="outbound",
        company_id=benin.id,
        queue_id=dial_queue.id,
        presented_did_ids=[(6, 0, dids.ids)],
        abandoned_prompt_id=env["telecom.prompt"].search(company, limit=1).id,
        dial_calendar_id=always.id,
        keep_public_holidays=False,
        **CONFIG["campaign"],
    )
)
# Agents only finish here: nothing is asked of them, and nobody is called again.
campaign.qualification_ids.unlink()
campaign.disposition_ids.unlink()
env["telecom.campaign.contact"].create(
    [
        dict(campaign_id=campaign.id, name=f"Contact {number}", number=number)
        for number in CONFIG["numbers"]
    ]
)
env.cr.commit()
print(
    "RESULT",
    json.dumps(
        dict(
            campaign=campaign.id,
            queue=dial_queue.id,
            company=benin.id,
            pbx=pbx.id,
            secrets=secrets,
            agents={agent.id: cookie(agent.user_id) for agent in crew},
        )
    ),
)
