"""The demo's records as the tests know them, and the few they add."""

import json

from stack import wait_for

#: Service numbers the tests add, all of Mono Télécom.
CROWD = "1940"  # a queue served by desk phones, no disposition asked for
MESSAGE = "1941"  # plays the unavailable message while the gateway is away
SERVICE = "1942"  # the demo's agents, no welcome, survey, dispositions
CROWD_SIZE = 20

SETUP = """
import hashlib, json
benin = env.ref("telecom_crm.company_benin")
provider = env.ref("telecom_crm.company_provider")
pbx = env.ref("telecom_callcenter.pbx_demo")
site = env["telecom.site"].search([("company_id", "=", provider.id)], limit=1)
Campaign = env["telecom.campaign"].with_company(benin)
did = env["telecom.did"].search([("number", "=", {crowd!r})])
if not did:
    queue = env["telecom.queue"].create(dict(
        name="Tests", company_id=benin.id, pbx_id=pbx.id, strategy="rrmemory",
        ring_seconds=10, announce_position=False,
    ))
    campaign = Campaign.with_context(telecom_default_trees=False).create(dict(
        name="Tests", company_id=benin.id, queue_id=queue.id, state="live",
        channels_sms=True,
    ))
    did = env["telecom.did"].create(dict(
        number={crowd!r}, company_id=benin.id, pbx_id=pbx.id, campaign_id=campaign.id,
    ))
    prompt = env["telecom.prompt"].search(
        [("company_id", "=", benin.id)], limit=1
    )
    message = Campaign.create(dict(
        name="Tests, message", company_id=benin.id, queue_id=queue.id, state="live",
        unavailable_policy="message", unavailable_prompt_id=prompt.id,
        channels_sms=True,
    ))
    env["telecom.did"].create(dict(
        number={message!r}, company_id=benin.id, pbx_id=pbx.id, campaign_id=message.id,
    ))
    agents = env["telecom.agent"].search([("user_id.login", "=like", "agent%")])
    desk = env["telecom.queue"].create(dict(
        name="Tests, desk", company_id=benin.id, pbx_id=pbx.id, strategy="rrmemory",
        ring_seconds=6, announce_position=False, escalation_seconds=3,
        member_ids=[(0, 0, dict(agent_id=agent.id)) for agent in agents],
    ))
    service = Campaign.create(dict(
        name="Tests, desk", company_id=benin.id, queue_id=desk.id, state="live",
        survey="rating", channels_sms=True,
    ))
    env["telecom.did"].create(dict(
        number={service!r}, company_id=benin.id, pbx_id=pbx.id, campaign_id=service.id,
    ))
queue = did.campaign_id.queue_id
Agent = env["telecom.agent"]
group = env.ref("telecom_callcenter.group_callcenter_agent")
companies = env.ref("telecom_callcenter.user_agent1").company_ids
have = Agent.search([("user_id.login", "=like", "crowd%")])
for number in range(len(have) + 1, {size} + 1):
    user = env["res.users"].with_context(no_reset_password=True).create(dict(
        name=f"Crowd {{number}}", login=f"crowd{{number}}", company_id=provider.id,
        company_ids=[(6, 0, companies.ids)], group_ids=[(6, 0, group.ids)],
    ))
    have |= Agent.create(dict(
        user_id=user.id, company_id=provider.id, site_id=site.id, pbx_id=pbx.id,
        extension=str(7000 + number), device="phone",
    ))
have = Agent.search([("user_id.login", "=like", "crowd%")], order="id")
assert len(have) == {size}
for agent in have - queue.member_ids.agent_id:
    env["telecom.queue.member"].create(dict(queue_id=queue.id, agent_id=agent.id))
secrets = {{}}
for agent in have | Agent.search([("device", "=", "phone")]):
    name = f"agent{{agent.id}}"
    secrets[name] = f"secret-of-{{name}}"
    agent.sip_ha1 = hashlib.md5(
        f"{{name}}:asterisk:{{secrets[name]}}".encode()
    ).hexdigest()
    pbx._send_command("apply_credentials", agent=agent, expires_in=60)
env.cr.commit()
crowd = [f"agent{{agent.id}}" for agent in have]
print("RESULT", json.dumps(dict(secrets=secrets, crowd=crowd, queue=queue.id)))
"""

# Runs in `odoo shell` until its file of orders is taken away: logs the crowd's agents
# in and finishes their wrap-ups, as twenty people would.
CROWD_SCRIPT = """
import os, time, psycopg2
orders = {orders!r}
done = {orders!r} + ".ready"
Agent = env["telecom.agent"]
crowd = Agent.search([("user_id.login", "=like", "crowd%")], order="id", limit={size})
crowd._set_presence("ready")
env.cr.commit()
open(done, "w").close()
while os.path.exists(orders):
    try:
        env.invalidate_all()
        open_ones = env["telecom.call.wrapup"].search(
            [("agent_id", "in", crowd.ids), ("state", "=", "open"),
             ("call_id.state", "=", "ended")])
        for wrapup in open_ones:
            env["telecom.desk"].with_user(wrapup.agent_id.user_id).with_context(
                allowed_company_ids=[wrapup.company_id.id]
            ).finish_wrapup(wrapup.id, {{}})
            env.cr.commit()
        missed = crowd.filtered(lambda agent: agent.presence != "ready")
        if missed:
            missed._set_presence("ready")
        env.cr.commit()
    except psycopg2.OperationalError:
        try:
            env.cr.rollback()
        except Exception:
            time.sleep(0.5)
            try:
                env.cr._cnx.close()
            except Exception:
                pass
            from odoo.modules.registry import Registry
            try:
                env = env(cr=Registry(env.cr.dbname).cursor())
                Agent = env["telecom.agent"]
                crowd = Agent.browse(crowd.ids)
            except Exception:
                pass
    time.sleep(0.2)
env.cr.rollback()
crowd._set_presence("offline", forced=True)
env.cr.commit()
"""


class World:
    def __init__(self, stack, login):
        self.stack, self.login = stack, login
        output = stack.shell(
            SETUP.format(crowd=CROWD, message=MESSAGE, service=SERVICE, size=CROWD_SIZE)
        )
        made = json.loads(output.split("RESULT ", 1)[1].splitlines()[0])
        #: Secrets of the desk phones by SIP user name
        self.secrets = made["secrets"]
        self.crowd = made["crowd"]
        self.crowd_queue = made["queue"]
        self.pbx = self.ref("telecom_callcenter.pbx_demo")
        self.benin = self.ref("telecom_crm.company_benin")
        self.tunisia = self.ref("telecom_crm.company_tunisia")
        self.provider = self.ref("telecom_crm.company_provider")
        self.agents = {
            row["login"]: row
            for row in stack.sql(
                """SELECT a.id, u.login, a.name, a.extension, a.device
                FROM telecom_agent a JOIN res_users u ON u.id = a.user_id
                WHERE u.login LIKE 'agent%%' AND a.active ORDER BY u.login"""
            )
        }
        self.wait_applied()

    def ref(self, xmlid):
        module, name = xmlid.split(".")
        rows = self.stack.sql(
            "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
            module,
            name,
        )
        assert rows, f"there is no {xmlid}"
        return rows[0]["res_id"]

    def wait_applied(self, timeout=15):
        """Wait until the gateway has applied what Odoo last asked for."""

        def applied():
            row = self.stack.sql(
                """SELECT p.config_revision, s.config_applied_revision, s.config_error
                FROM telecom_pbx p JOIN telecom_pbx_status s ON s.pbx_id = p.id
                WHERE p.id = %s""",
                self.pbx,
            )[0]
            assert not row["config_error"], row["config_error"]
            return row["config_applied_revision"] == row["config_revision"]

        wait_for(applied, timeout, "the configuration applied by the gateway")

    # -- calls ----------------------------------------------------------------

    def calls(self, number):
        """``telecom.call`` rows of a caller, oldest first."""
        return self.stack.sql(
            """SELECT c.*, a.name AS agent FROM telecom_call c
            LEFT JOIN telecom_agent a ON a.id = c.agent_id
            WHERE caller_number = %s ORDER BY c.id""",
            number,
        )

    def call(self, number, timeout=10, **wanted):
        """Wait for the one call of a number to have these values."""

        def reached():
            rows = self.calls(number)
            assert len(rows) == 1, f"{len(rows)} calls of {number}"
            row = rows[0]
            return row if all(row[k] == v for k, v in wanted.items()) else None

        return wait_for(
            reached,
            timeout,
            lambda: f"the call of {number} with {wanted}: {self.calls(number)}",
        )

    def messages(self, number):
        """Text messages queued to a number, whatever became of them."""
        return self.stack.sql(
            """SELECT telecom_purpose AS purpose, telecom_body AS body,
                telecom_state AS state, telecom_call_id AS call_id,
                telecom_company_id AS company_id
            FROM sms_tracker WHERE telecom_number = %s ORDER BY id""",
            number,
        )

    def message(self, number, purpose, timeout=10):
        """Wait for the one message of this purpose."""

        def reached():
            rows = [r for r in self.messages(number) if r["purpose"] == purpose]
            assert len(rows) == 1, f"{len(rows)} messages {purpose}"
            return rows[0]

        return wait_for(reached, timeout, f"a message {purpose} to {number}")

    def customer(self, number, name, company=None):
        """Create a customer of an operator, with a telephone number."""
        first, last = name.split(" ", 1)
        clerk = "clerk.benin" if company in (None, self.benin) else "clerk.tunisia"
        return self.login(clerk).create(
            "res.partner",
            telecom_first_name=first,
            telecom_last_name=last,
            phone=number,
            telecom_customer=True,
            company_id=company or self.benin,
        )

    # -- after a test -----------------------------------------------------------

    def settle(self, agents):
        """Everybody offline and no call open."""
        wait_for(
            lambda: (
                not self.stack.sql("SELECT id FROM telecom_call WHERE state != 'ended'")
            ),
            15,
            lambda: (
                "every call ended: "
                + str(
                    self.stack.sql(
                        "SELECT id, uniqueid, state FROM telecom_call "
                        "WHERE state != 'ended'"
                    )
                )
            ),
        )
        for agent in agents:
            row = self.stack.sql(
                """SELECT presence, EXISTS (SELECT FROM telecom_call_wrapup
                    WHERE agent_id = a.id AND state = 'open') AS open
                FROM telecom_agent a WHERE id = %s""",
                agent.id,
            )[0]
            if row["open"] or row["presence"] != "offline":
                agent.reset()
