"""Agents by RPC, as their desks speak to Odoo."""

from stack import wait_for


class Agent:
    """One of the demo's agents.

    :param Session session: of the agent's user
    :param dict record: id, name, extension, device of ``telecom.agent``
    """

    def __init__(self, stack, session, record):
        self.stack, self.session = stack, session
        self.id, self.name = record["id"], record["name"]
        self.sip_user = f"agent{self.id}"

    def desk(self, method, *args, company=None, **kwargs):
        context = {"allowed_company_ids": [company]} if company else None
        return self.session.call(
            "telecom.desk", method, *args, context=context, **kwargs
        )

    def state(self):
        return self.desk("get_state")

    def presence(self, presence, reason=False):
        return self.desk("set_presence", presence, reason)

    def wait(self, timeout=10, **wanted):
        """Wait until the state has these values (``activity="talking"``…)."""
        last = {}

        def reached():
            last.update(self.state())
            return all(last[key] == value for key, value in wanted.items())

        wait_for(
            reached,
            timeout,
            lambda: f"{self.name} in {wanted}: {last}",
        )
        return last

    def ready(self, timeout=15):
        """Log in, and wait until Asterisk offers calls to this agent."""
        self.presence("ready")
        return self.wait_member(paused=False, timeout=timeout)

    def memberships(self):
        """What Asterisk's queues say of this agent: "paused" and "free" ones."""
        lines = self.stack.asterisk("queue show").replace(" (", "(").splitlines()
        return {
            "paused" if "paused" in line.lower() else "free"
            for line in lines
            if f"{self.sip_user}(" in line
        }

    def member(self):
        """None, "paused" (in some queue at least) or "free"."""
        states = self.memberships()
        return max(states) if states else None

    def wait_member(self, *, paused, timeout=15):
        wanted = "paused" if paused else "free"
        wait_for(
            lambda: self.member() == wanted,
            timeout,
            lambda: f"{self.name} {wanted} in Asterisk's queues: {self.member()}",
        )

    def finish(self, company=None):
        """Finish the open wrap-up with the first disposition and qualification."""
        wrapup = self.state()["wrapup"]
        if not wrapup:
            return None
        call = wrapup["call_id"]
        company = company or wrapup.get("company_id")
        form = self.desk("get_wrapup_form", call, company=company)
        values = {}
        for name in ("disposition", "qualification"):
            leaves = [node for node in form[f"{name}s"] if node["leaf"]]
            if leaves:
                values[f"{name}_id"] = leaves[0]["id"]
        self.desk("finish_wrapup", wrapup["id"], values, company=company)
        return call

    def reset(self):
        """Offline, with nothing left to do."""
        state = self.state()
        if state["wrapup"]:
            self.finish()
        if state["presence"] != "offline":
            self.presence("offline")
