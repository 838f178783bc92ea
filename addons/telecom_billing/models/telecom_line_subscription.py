from odoo import api, fields, models


class TelecomLine(models.Model):
    """Lines take their subscriptions along: into service, out of it, to their end."""

    _inherit = "telecom.line"

    telecom_subscription_ids = fields.One2many(
        "telecom.subscription", "line_id", string="Subscriptions"
    )
    telecom_subscription_count = fields.Integer(
        string="Number of Subscriptions", compute="_compute_telecom_subscription_count"
    )

    @api.depends("telecom_subscription_ids")
    def _compute_telecom_subscription_count(self):
        rows = self.env["telecom.subscription"]._read_group(
            [("line_id", "in", self.ids), ("state", "!=", "terminated")],
            ["line_id"],
            ["__count"],
        )
        counts = {line.id: count for line, count in rows}
        for line in self:
            line.telecom_subscription_count = counts.get(line.id, 0)

    def _record_changes(self, before):
        result = super()._record_changes(before)
        position = list(self._recorded_fields()).index("state")
        changed = {}
        for line, values in before.items():
            if line.state != values[position]:
                changed.setdefault(line.state, self.browse())
                changed[line.state] |= line
        for state, lines in changed.items():
            lines._follow_state(state)
        return result

    def _follow_state(self, state):
        """Change the subscriptions of lines as the lines changed, from that day on.

        :param str state: what the lines became
        """
        # sudo: telecom.subscription - they follow their line, whoever changes it
        found = (
            self.env["telecom.subscription"]
            .sudo()
            .search([("line_id", "in", self.ids), ("state", "!=", "terminated")])
        )
        if not found:
            return
        reason = (self.env.context.get("telecom_line_event") or {}).get("reason")
        for company, subscriptions in found.grouped("company_id").items():
            today = found._telecom_day(company)
            if state == "active":
                waiting = subscriptions.filtered(lambda s: s.state == "draft")
                waiting.filtered(lambda s: not s.date_start)._telecom_start(today)
                subscriptions.filtered(
                    lambda s: s.state == "suspended"
                )._telecom_change("resume", today, reason=reason)
            elif state in ("suspended", "barred"):
                subscriptions.filtered(lambda s: s.state == "active")._telecom_change(
                    "suspend", today, reason=reason
                )
            elif state == "terminated":
                subscriptions.filtered(
                    lambda s: s.state in ("active", "suspended")
                )._telecom_change("terminate", today, reason=reason)

    def action_view_subscriptions(self):
        """Show what is subscribed on this line."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_subscription"
            ),
            "domain": [("line_id", "=", self.id)],
            "context": {
                "default_line_id": self.id,
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }
