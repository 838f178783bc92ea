"""Records of the measurements, made in ``odoo shell``; run again without harm.

``CONFIG``: ``agents`` with desk phones, ``copies`` of them on a second PBX for the
replay, ``sockets`` that want a session, service numbers ``crowd`` and ``browser``.
Prints ids, telephone secrets and session cookies. The sessions are as a login leaves
them, without the time that checking 400 passwords takes.
"""

# ruff: noqa: F821
import hashlib
import json

from odoo.http import get_default_session, root
from odoo.service import security

benin = env.ref("telecom_crm.company_benin")
provider = env.ref("telecom_crm.company_provider")
pbx = env.ref("telecom_callcenter.pbx_demo")
site = env["telecom.site"].search([("company_id", "=", provider.id)], limit=1)
group = env.ref("telecom_callcenter.group_callcenter_agent")
companies = env.ref("telecom_callcenter.user_agent1").company_ids
Users = env["res.users"].with_context(no_reset_password=True)
Agent = env["telecom.agent"]


def agents(prefix, count, on, extension, device="phone"):
    """The agents ``<prefix>1``…``<prefix><count>``, made when they are not there."""
    logins = [f"{prefix}{number}" for number in range(1, count + 1)]
    users = Users.search([("login", "in", logins)])
    new = [login for login in logins if login not in users.mapped("login")]
    users |= Users.create(
        [
            dict(
                name=login,
                login=login,
                company_id=provider.id,
                company_ids=[(6, 0, companies.ids)],
                group_ids=[(6, 0, group.ids)],
            )
            for login in new
        ]
    )
    have = Agent.search([("user_id", "in", users.ids)])
    have |= Agent.create(
        [
            dict(
                user_id=user.id,
                company_id=provider.id,
                site_id=site.id,
                pbx_id=on.id,
                extension=str(extension + int(user.login.removeprefix(prefix))),
                device=device,
            )
            for user in users - have.user_id
        ]
    )
    return have.sorted("id")


def queue(name, on, members):
    found = env["telecom.queue"].search([("name", "=", name)])
    found = found or env["telecom.queue"].create(
        dict(
            name=name,
            company_id=benin.id,
            pbx_id=on.id,
            strategy="rrmemory",
            announce_position=False,
            ring_seconds=10,
        )
    )
    env["telecom.queue.member"].create(
        [
            dict(queue_id=found.id, agent_id=agent.id)
            for agent in members - found.member_ids.agent_id
        ]
    )
    return found


def service(number, name, queue_):
    did = env["telecom.did"].search([("number", "=", number)])
    if not did:
        campaign = (
            env["telecom.campaign"]
            .with_company(benin)
            .create(
                dict(name=name, company_id=benin.id, queue_id=queue_.id, state="live")
            )
        )
        did = did.create(
            dict(
                number=number,
                company_id=benin.id,
                pbx_id=queue_.pbx_id.id,
                campaign_id=campaign.id,
            )
        )
    return did.campaign_id


def cookie(user):
    session = root.session_store.new()
    session.update(get_default_session(), db=env.cr.dbname)
    session.uid, session.login = user.id, user.login
    session.session_token = security.compute_session_token(session, user.env)
    session.context = dict(user.with_user(user).context_get())
    root.session_store.save(session)
    return session.sid


crowd = agents("bench", CONFIG["agents"], pbx, 81000)
desk = agents("benchdesk", 1, pbx, 80500, device="browser")
crowd_queue = queue("Bench, desk phones", pbx, crowd)
desk_queue = queue("Bench, browser", pbx, desk)
campaigns = [
    service(CONFIG["crowd"], "Bench, desk phones", crowd_queue),
    service(CONFIG["browser"], "Bench, browser", desk_queue),
]
PBX = env["telecom.pbx"].with_context(active_test=False)
replay = PBX.search([("code", "=", "replay")])
replay = replay or pbx.copy({"name": "Replay", "code": "replay"})
copies = agents("benchcopy", CONFIG["agents"] * CONFIG["copies"], replay, 82000)
replay_queues = [
    queue(f"Bench, replay {number + 1}", replay, Agent)
    for number in range(CONFIG["copies"])
]
# Whatever a run that was stopped has left behind.
env["telecom.call.wrapup"].search(
    [("agent_id", "in", (crowd | desk).ids), ("state", "=", "open")]
).write({"state": "done"})
(crowd | desk)._set_presence("offline", forced=True)
secrets = {}
for agent in crowd:
    name = f"agent{agent.id}"
    secrets[name] = f"secret-of-{name}"
    agent.sip_ha1 = hashlib.md5(f"{name}:asterisk:{secrets[name]}".encode()).hexdigest()
    pbx._send_command("apply_credentials", agent=agent, expires_in=60)
env.cr.commit()

supervisor = env.ref("telecom_callcenter.user_supervisor")
people = crowd.user_id | copies.user_id[: CONFIG["sockets"] - len(crowd)]
print(
    "RESULT",
    json.dumps(
        dict(
            secrets=secrets,
            agents={agent.id: cookie(agent.user_id) for agent in crowd},
            desk=[desk.id, cookie(desk.user_id)],
            others=[cookie(user) for user in people - crowd.user_id],
            supervisor=cookie(supervisor),
            company=benin.id,
            campaigns=[campaign.id for campaign in campaigns],
            queue=crowd_queue.id,
            desk_queue=desk_queue.id,
            pbx=pbx.id,
            replay=replay.id,
            copies=copies.ids,
            replay_queues=[row.id for row in replay_queues],
        )
    ),
)
