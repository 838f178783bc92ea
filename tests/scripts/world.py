"""Records of the tests, made in ``odoo shell``; run again without harm.

``CONFIG`` stands in front: the service numbers and the size of the crowd.
"""

# ruff: noqa: F821
import hashlib
import json

benin = env.ref("telecom_crm.company_benin")
provider = env.ref("telecom_crm.company_provider")
pbx = env.ref("telecom_callcenter.pbx_demo")
site = env["telecom.site"].search([("company_id", "=", provider.id)], limit=1)
Campaign = env["telecom.campaign"].with_company(benin)
Did = env["telecom.did"]


def service(number, queue, **campaign):
    """The campaign of a service number, made when it is not there yet."""
    did = Did.search([("number", "=", number)])
    if not did:
        did = Did.create(
            dict(
                number=number,
                company_id=benin.id,
                pbx_id=pbx.id,
                campaign_id=Campaign.create(
                    dict(
                        company_id=benin.id,
                        queue_id=queue.id,
                        state="live",
                        channels_sms=True,
                        **campaign,
                    )
                ).id,
            )
        )
    return did.campaign_id


def queue(name, **values):
    """A queue of the tests, as it should be."""
    found = env["telecom.queue"].search([("name", "=", name)])
    if not found:
        found = env["telecom.queue"].create(
            {"name": name, "company_id": benin.id, "pbx_id": pbx.id}
        )
    values |= {"strategy": "rrmemory", "announce_position": False}
    if any(found[field] != value for field, value in values.items()):
        found.write(values)
    return found


demo = env["telecom.agent"].search([("user_id.login", "=like", "agent%")])
# With the shortest rest between calls, for when Odoo cannot tell.
crowd_queue = queue("Tests, crowd", ring_seconds=10, wrapup_seconds=2)
desk_queue = queue("Tests, desk", ring_seconds=6, escalation_seconds=5)
for agent in demo - desk_queue.member_ids.agent_id:
    env["telecom.queue.member"].create(
        {"queue_id": desk_queue.id, "agent_id": agent.id}
    )
service(
    CONFIG["crowd"],
    crowd_queue,
    name="Tests, crowd",
    disposition_ids=False,
    qualification_ids=False,
)
prompt = env["telecom.prompt"].search([("company_id", "=", benin.id)], limit=1)
service(
    CONFIG["message"],
    crowd_queue,
    name="Tests, message",
    unavailable_policy="message",
    unavailable_prompt_id=prompt.id,
)
service(CONFIG["service"], desk_queue, name="Tests, desk", survey="rating")
bare = Did.search([("number", "=", CONFIG["crowd"])]).campaign_id
bare.disposition_ids.unlink()
bare.qualification_ids.unlink()
Agent = env["telecom.agent"]
group = env.ref("telecom_callcenter.group_callcenter_agent")
companies = env.ref("telecom_callcenter.user_agent1").company_ids
have = Agent.search([("user_id.login", "=like", "crowd%")])
for number in range(len(have) + 1, CONFIG["size"] + 1):
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            dict(
                name=f"Crowd {number}",
                login=f"crowd{number}",
                company_id=provider.id,
                company_ids=[(6, 0, companies.ids)],
                group_ids=[(6, 0, group.ids)],
            )
        )
    )
    have |= Agent.create(
        dict(
            user_id=user.id,
            company_id=provider.id,
            site_id=site.id,
            pbx_id=pbx.id,
            extension=str(7000 + number),
            device="phone",
        )
    )
have = Agent.search([("user_id.login", "=like", "crowd%")], order="id")
assert len(have) == CONFIG["size"]
for agent in have - crowd_queue.member_ids.agent_id:
    env["telecom.queue.member"].create(dict(queue_id=crowd_queue.id, agent_id=agent.id))
secrets = {}
for agent in have | Agent.search([("device", "=", "phone")]):
    name = f"agent{agent.id}"
    secrets[name] = f"secret-of-{name}"
    agent.sip_ha1 = hashlib.md5(f"{name}:asterisk:{secrets[name]}".encode()).hexdigest()
    pbx._send_command("apply_credentials", agent=agent, expires_in=60)
env.cr.commit()
crowd = [f"agent{agent.id}" for agent in have]
print("RESULT", json.dumps(dict(secrets=secrets, crowd=crowd, queue=crowd_queue.id)))
