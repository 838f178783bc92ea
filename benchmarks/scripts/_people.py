"""Agents with desk phones, their queues and sessions, in ``odoo shell``.

Stands in front of what a measurement makes itself; run again without harm. The
sessions are as a login leaves them, without the time that checking 400 passwords takes.
"""

# ruff: noqa: F821
import hashlib

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


def cookie(user):
    session = root.session_store.new()
    session.update(get_default_session(), db=env.cr.dbname)
    session.uid, session.login = user.id, user.login
    session.session_token = security.compute_session_token(session, user.env)
    session.context = dict(user.with_user(user).context_get())
    root.session_store.save(session)
    return session.sid


def fresh(people):
    """Put right what a run that was stopped has left behind.

    :return: secrets of their desk phones, by SIP user name
    """
    env["telecom.call.wrapup"].search(
        [("agent_id", "in", people.ids), ("state", "=", "open")]
    ).write({"state": "done"})
    people._set_presence("offline", forced=True)
    secrets = {}
    for agent in people.filtered(lambda agent: agent.device == "phone"):
        name = f"agent{agent.id}"
        secrets[name] = f"secret-of-{name}"
        agent.sip_ha1 = hashlib.md5(
            f"{name}:asterisk:{secrets[name]}".encode()
        ).hexdigest()
        agent.pbx_id._send_command("apply_credentials", agent=agent, expires_in=60)
    return secrets
