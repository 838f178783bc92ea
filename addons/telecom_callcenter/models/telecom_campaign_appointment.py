from odoo import fields, models


class TelecomCampaign(models.Model):
    """How a campaign's appointments are agreed."""

    _inherit = "telecom.campaign"

    seller_ids = fields.Many2many(
        "telecom.field.seller",
        string="Field Sellers",
        check_company=True,
        help="Who takes appointments of this campaign; all of the operator when empty.",
    )
    appointment_minutes = fields.Integer(
        string="Appointments Take (min)", default=60, required=True
    )
    appointment_lead_hours = fields.Integer(
        string="Not Sooner Than (h)",
        default=2,
        required=True,
        help="Hours between the call and the first appointment that is offered.",
    )
    appointment_days_ahead = fields.Integer(
        string="Offered for (days)", default=14, required=True
    )
    appointment_speed = fields.Float(
        string="Speed (km/h)",
        default=20,
        required=True,
        help="How fast sellers get from door to door, as the crow flies.",
    )
    appointment_callback_hours = fields.Integer(
        string="Call Back After (h)",
        default=24,
        required=True,
        help="Refused and missed appointments become callbacks so long afterwards, in "
        "the campaign's opening hours.",
    )
    appointment_text = fields.Text(
        string="Message to the Customer",
        translate=True,
        help="{operator}, {date}, {seller}, {address} and {customer} stand for what "
        "they say.",
    )
    appointment_ids = fields.One2many("telecom.appointment", "campaign_id")
    appointment_count = fields.Integer(compute="_compute_appointment_count")

    _appointment_ranges = models.Constraint(
        """CHECK(appointment_minutes BETWEEN 5 AND 720
           AND appointment_lead_hours BETWEEN 0 AND 720
           AND appointment_days_ahead BETWEEN 1 AND 62
           AND appointment_speed > 0
           AND appointment_callback_hours BETWEEN 0 AND 720)""",
        "Appointments take 5 to 720 minutes and are offered for 1 to 62 days; hours "
        "are between 0 and 720, and the speed is more than 0.",
    )

    def _compute_appointment_count(self):
        counts = dict(
            self.env["telecom.appointment"]._read_group(
                [("campaign_id", "in", self.ids)], ["campaign_id"], ["__count"]
            )
        )
        for campaign in self:
            campaign.appointment_count = counts.get(campaign, 0)

    def action_view_appointments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_callcenter.action_telecom_appointment"
        )
        return {
            **action,
            "domain": [("campaign_id", "=", self.id)],
            "context": {"default_campaign_id": self.id},
        }

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {
            "seller_ids",
            "appointment_minutes",
            "appointment_lead_hours",
            "appointment_days_ahead",
            "appointment_speed",
            "appointment_callback_hours",
            "appointment_text",
        }
