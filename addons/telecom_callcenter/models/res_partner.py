from odoo import models


class ResPartner(models.Model):
    """The calls of a customer, among what happened between him and the operator."""

    _inherit = "res.partner"

    def _telecom_timeline_entries(self, limit):
        entries = super()._telecom_timeline_entries(limit)
        company = self.company_id
        if (
            not company
            or company not in self.env.companies
            or not company._telecom_allows("callcenter")
        ):
            return entries
        Call = self.env["telecom.call"]
        may_open = Call.has_access("read")
        # sudo: telecom.call - clerks see that a customer of theirs called and who
        # answered, though not the call itself; of his operator only
        calls = Call.sudo().search(
            [
                ("partner_id", "child_of", self.id),
                ("company_id", "=", company.id),
                ("direction", "!=", "internal"),
                ("state", "=", "ended"),
            ],
            order="start_at desc, id desc",
            limit=limit,
        )
        outcomes = dict(Call._fields["outcome"]._description_selection(self.env))
        for call in calls:
            minutes, seconds = divmod(round(call.talk_seconds or 0), 60)
            duration = f"{minutes}:{seconds:02} min" if call.answered_at else ""
            entries.append(
                {
                    "date": call.start_at,
                    "icon": "fa-phone",
                    "title": self.env._("Incoming call")
                    if call.direction == "inbound"
                    else self.env._("Outgoing call"),
                    "text": " · ".join(
                        filter(
                            None,
                            (
                                outcomes.get(call.outcome),
                                call.agent_id.display_name,
                                duration,
                                call.queue_id.name,
                            ),
                        )
                    ),
                    "url": f"/odoo/telecom.call/{call.id}" if may_open else None,
                }
            )
        return entries
