from odoo import fields, models
from odoo.exceptions import UserError


class TelecomScriptBlock(models.Model):
    _inherit = "telecom.script.block"

    action = fields.Selection(
        selection_add=[("query", "Ask a client's system")],
        ondelete={"query": "cascade"},
    )
    query_code = fields.Char(string="Query", help="Code of the connector's query.")

    def _run_query(self, campaign, contact, partner, number, request):
        """Run the query of this button, and write what comes back where it says.

        Its parameters come from the contact or item, the customer and the campaign's
        own fields, never from the browser.

        :param contact: ``telecom.campaign.contact`` or ``telecom.work.item``, with the
            rights to write it; may be empty
        :param partner: the customer, may be empty
        :param str number: the telephone number, E.164
        :param str request: names this very click, so that it is done once
        :return: dict, see ``telecom.connector.query._shown``, with ``written``: labels
            of the fields that were written
        :raises UserError: what went wrong
        """
        self.ensure_one()
        # sudo: telecom.connector.query - a button of the script of the agent's own
        # call or item; the query checks its operator
        query = (
            self.env["telecom.connector.query"]
            .sudo()
            .search(
                [
                    ("company_id", "=", campaign.company_id.id),
                    ("code", "=", self.query_code or ""),
                    ("in_scripts", "=", True),
                ],
                limit=1,
            )
        )
        if self.action != "query" or not query:
            raise UserError(
                self.env._("This button asks for a query that is not there.")
            )
        known = self._query_values(campaign, contact, partner, number)
        values = {
            parameter.name: known.get(parameter.source or parameter.name)
            for parameter in query.parameter_ids
        }
        answer = query._run(values, request=request and f"{self.id}:{request}")
        written = []
        rows = answer.dicts()
        for result in query.result_ids if rows else ():
            value = rows[0].get(result.name)
            if not result.target or value is None:
                continue
            if self.env["telecom.script"]._write_target(
                result.target, value, contact, partner
            ):
                written.append(result.label or result.name)
        return {**query._shown(answer), "written": written}

    def _query_values(self, campaign, contact, partner, number):
        """What parameters can be taken from, by name; as stored, not as shown."""
        # sudo: telecom.campaign.contact, res.partner - of the agent's own call or item
        contact, partner = contact.sudo(), partner.sudo()
        values = {
            "name": contact.name or partner.name,
            "first_name": contact.first_name or partner.telecom_first_name,
            "last_name": contact.last_name or partner.telecom_last_name,
            "number": number or contact.number,
            "email": contact.email or partner.email,
            "city": contact.city or partner.city,
            "customer_number": partner.telecom_customer_number,
            "reference": contact.reference if "reference" in contact._fields else False,
            "operator": campaign.company_id.name,
            "campaign": campaign.name,
            "agent": self.env.user.name,
            "agent_login": self.env.user.login,
        }
        return contact._property_raw() | values
