"""What contacts have come to, as rows of a file for the client of a campaign."""

from odoo import fields, models

#: Contacts that are read together
BATCH = 5_000


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    def _result_headings(self, properties):
        _ = self.env._
        return [
            _("Number"),
            _("Other Numbers"),
            _("Name"),
            _("Town"),
            _("E-mail"),
            _("State"),
            _("Why excluded"),
            _("Last Status"),
            _("Qualification"),
            _("Last Call"),
            _("Attempts"),
            _("Last Attempt"),
            _("Not Before"),
            _("File"),
            *(field["string"] for field in properties),
        ]

    def _result_rows(self, domain, campaign):
        """Yield the headings and a row of each contact, in the user's words and time.

        :param domain: of contacts of one campaign
        :param telecom.campaign campaign: whose own fields are columns
        """
        properties = [
            field
            for field in campaign.contact_properties_definition or ()
            if field.get("type") != "separator"
        ]
        yield self._result_headings(properties)
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("state", "exclusion", "last_result")
        }
        last = 0
        while contacts := self.search(
            [*domain, ("id", ">", last)], order="id", limit=BATCH
        ):
            own = {
                values["id"]: {
                    field["name"]: self._property_text(field)
                    for field in values["contact_properties"]
                }
                for values in contacts.read(["contact_properties"])
            }
            for contact in contacts:
                yield contact._result_row(properties, labels, own[contact.id])
            last = contacts[-1].id
            self.env.invalidate_all()

    def _result_row(self, properties, labels, own):
        self.ensure_one()

        def moment(value):
            if not value:
                return ""
            local = fields.Datetime.context_timestamp(self, value)
            return local.strftime("%Y-%m-%d %H:%M")

        def plain(value):
            if value is True or value is False or value is None:
                return self.env._("Yes") if value else ""
            return value if isinstance(value, int | float) else str(value)

        return [
            self.number,
            ", ".join(self.other_numbers or ()),
            self.name,
            self.city or "",
            self.email or "",
            labels["state"].get(self.state, ""),
            labels["exclusion"].get(self.exclusion, ""),
            self.disposition_id.display_name or "",
            self.qualification_id.display_name or "",
            labels["last_result"].get(self.last_result, ""),
            self.attempt_count,
            moment(self.last_attempt_at),
            moment(self.next_at) if self.state == "ready" else "",
            self.file_id.name or "",
            *(plain(own.get(field["name"])) for field in properties),
        ]


class TelecomCampaignFile(models.Model):
    _inherit = "telecom.campaign.file"

    def _result_rows(self):
        self.ensure_one()
        Contact = self.env["telecom.campaign.contact"]
        return Contact._result_rows([("file_id", "=", self.id)], self.campaign_id)


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    def _result_rows(self):
        self.ensure_one()
        Contact = self.env["telecom.campaign.contact"]
        return Contact._result_rows([("campaign_id", "=", self.id)], self)
