"""A campaign that calls out, in ``odoo shell``: ``CONFIG`` stands in front."""

# ruff: noqa: F821
import json

benin = env.ref("telecom_crm.company_benin")
pbx = env.ref("telecom_callcenter.pbx_demo")
Campaign = env["telecom.campaign"].with_company(benin)
prompt = env["telecom.prompt"].search([("company_id", "=", benin.id)], limit=1)
trunk = env.ref("telecom_callcenter.trunk_demo")
if CONFIG.get("trunk_port"):
    trunk.port = CONFIG["trunk_port"]
if not CONFIG["beside"]:
    # One campaign at a time: those of earlier tests are over.
    Campaign.search(
        [
            ("company_id", "=", benin.id),
            ("kind", "=", "outbound"),
            ("state", "=", "live"),
        ]
    ).write({"state": "stopped"})
did = env["telecom.did"].search(
    [("company_id", "=", benin.id), ("pbx_id", "=", pbx.id)], limit=1
)
# The tests run at night too.
always = env["resource.calendar"].search([("name", "=", "Tests, always")], limit=1)
if not always:
    always = env["resource.calendar"].create(
        {
            "name": "Tests, always",
            "company_id": benin.id,
            "tz": "Africa/Porto-Novo",
            "attendance_ids": [
                (
                    0,
                    0,
                    {
                        "name": "Always",
                        "dayofweek": str(day),
                        "hour_from": 0,
                        "hour_to": 24,
                        "day_period": "morning",
                    },
                )
                for day in range(7)
            ],
        }
    )
queue = CONFIG["queue"]
if isinstance(queue, str):
    # One of its own, with the same agents.
    Queue = env["telecom.queue"]
    found = Queue.search([("name", "=", queue), ("company_id", "=", benin.id)])
    found = found or Queue.create(
        {
            "name": queue,
            "company_id": benin.id,
            "pbx_id": pbx.id,
            "announce_position": False,
        }
    )
    crowd = env["telecom.agent"].search([("user_id.login", "=like", "crowd%")])
    env["telecom.queue.member"].create(
        [
            {"queue_id": found.id, "agent_id": agent.id}
            for agent in crowd - found.member_ids.agent_id
        ]
    )
    queue = found.id
campaign = Campaign.create(
    {
        "name": "Tests, outbound",
        "kind": "outbound",
        "company_id": benin.id,
        "queue_id": queue,
        "presented_did_ids": [(6, 0, did.ids)],
        "abandoned_prompt_id": prompt.id,
        "dial_calendar_id": always.id,
        "keep_public_holidays": False,
        **CONFIG["campaign"],
    }
)
if CONFIG.get("desk"):
    script = env["telecom.script"].create({"name": "Tests", "company_id": benin.id})
    env["telecom.script.block"].create(
        {
            "page_id": script.page_ids.id,
            "kind": "say",
            "text": "Good day {name}.",
        }
    )
    campaign.script_id = script
    env["telecom.campaign.followup"].create(
        {
            "campaign_id": campaign.id,
            "disposition_ids": campaign.disposition_ids.filtered(
                lambda node: node.code == "sold"
            ).ids,
            "text": "Thank you {name}.",
        }
    )
else:
    campaign.qualification_ids.unlink()
    campaign.disposition_ids.unlink()
env["telecom.campaign.contact"].create(
    [
        {"campaign_id": campaign.id, "name": f"Contact {number}", "number": number}
        for number in CONFIG["numbers"]
    ]
)
for number, agent in CONFIG.get("promised", {}).items():
    contact = campaign.contact_ids.filtered(lambda c, number=number: c.number == number)
    contact.state = "callback"
    env["telecom.callback"].create(
        {
            "company_id": benin.id,
            "campaign_id": campaign.id,
            "contact_id": contact.id,
            "number": number,
            "agent_id": agent,
            "due_at": env.cr.now(),
        }
    )
campaign.state = "live"
env.cr.commit()
print("RESULT", json.dumps({"id": campaign.id, "did": did.number}))
