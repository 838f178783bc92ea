"""The demo's records as the tests know them, and the few they add."""

import contextlib
import json
import re
from pathlib import Path

from stack import wait_for

#: Service numbers the tests add, all of Mono Télécom.
CROWD = "1940"  # a queue served by desk phones, no disposition asked for
MESSAGE = "1941"  # plays the unavailable message while the gateway is away
SERVICE = "1942"  # the demo's agents, no welcome, survey, dispositions
CROWD_SIZE = 20

SCRIPTS = Path(__file__).parent / "scripts"


class World:
    def __init__(self, stack, login):
        self.stack, self.login = stack, login
        output = self.script(
            "world",
            crowd=CROWD,
            message=MESSAGE,
            service=SERVICE,
            size=CROWD_SIZE,
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

    def script(self, name, **config):
        """Run a script of ``scripts/`` in Odoo's shell; what it printed."""
        text = (SCRIPTS / f"{name}.py").read_text()
        return self.stack.shell(f"CONFIG = {config!r}\n{text}")

    @contextlib.contextmanager
    def crowd_at_work(self, folder, logins="crowd%", size=CROWD_SIZE):
        """The crowd's agents log in, work and, at the end, log out."""
        orders = folder / "crowd-orders"
        orders.touch()
        folder.chmod(0o777)
        config = {"orders": str(orders), "logins": logins, "size": size}
        text = (SCRIPTS / "crowd.py").read_text()
        path = folder / "crowd.log"
        log = path.open("w")
        process = self.stack.shell_process(f"CONFIG = {config!r}\n{text}", log)

        def says():
            return f"{self.crowd_now()}; {path.read_text()[-300:]}"

        try:
            ready = folder / "crowd-orders.ready"
            wait_for(ready.exists, 60, lambda: f"the crowd logged in: {says()}")
            self.wait_members(size, says=says)
            yield
            assert process.poll() is None, f"the crowd went home: {says()}"
        finally:
            orders.unlink(missing_ok=True)
            try:
                process.wait(40)
            finally:
                process.kill()
                process.wait(10)
                log.close()
        wait_for(
            lambda: not self.members(),
            15,
            lambda: f"nobody of the crowd left: {says()}",
        )

    def members(self):
        """Lines of Asterisk's about the members of the crowd's queue."""
        lines = self.stack.asterisk(f"queue show queue{self.crowd_queue}").splitlines()
        return [line for line in lines if "agent" in line]

    def free_members(self):
        return [line for line in self.members() if "paused" not in line.lower()]

    def crowd_now(self):
        """Who of the crowd is not free in Asterisk, and what Odoo says of them."""
        free = set(re.findall(r"PJSIP/agent(\d+)", " ".join(self.free_members())))
        rows = self.stack.sql(
            """SELECT a.id, a.presence, r.code AS reason, l.activity, (
                    SELECT count(*) FROM telecom_call_wrapup w
                    WHERE w.agent_id = a.id AND w.state = 'open') AS open
            FROM telecom_agent a JOIN res_users u ON u.id = a.user_id
            LEFT JOIN telecom_pause_reason r ON r.id = a.presence_reason_id
            LEFT JOIN telecom_agent_live l ON l.agent_id = a.id
            WHERE u.login LIKE 'crowd%%' ORDER BY a.id"""
        )
        others = [row for row in rows if str(row["id"]) not in free]
        return "; ".join(
            [f"{len(free)} free in Asterisk"]
            + [
                " ".join(
                    [f"agent{row['id']}", row["presence"], row["reason"] or ""]
                    + [str(row["activity"]), f"{row['open']} open"]
                    + [
                        line.split(")", 1)[-1].strip()
                        for line in self.members()
                        if f"PJSIP/agent{row['id']})" in line
                    ]
                )
                for row in others[:4]
            ]
        )

    def wait_members(self, size, timeout=30, says=None):
        """Wait until so many of the crowd are free in Asterisk's queue."""
        wait_for(
            lambda: len(self.free_members()) >= size,
            timeout,
            lambda: f"{size} free agents: {(says or self.crowd_now)()}",
        )

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

    def ended(self, number, count, timeout=10):
        """Wait until a number has so many calls, all ended."""

        def reached():
            rows = self.calls(number)
            ended = [row for row in rows if row["state"] == "ended"]
            return rows if len(rows) == len(ended) == count else None

        return wait_for(
            reached,
            timeout,
            lambda: f"{count} ended calls of {number}: {self.calls(number)}",
        )

    def wrapup(self, number):
        """The wrap-up of the one call of a number."""
        return self.stack.sql(
            "SELECT * FROM telecom_call_wrapup WHERE call_id = %s",
            self.call(number)["id"],
        )[0]

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

    def customer(self, number, name, company=None, **values):
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
            **values,
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
