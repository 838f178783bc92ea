from odoo import fields, models


class LoyaltyProgram(models.Model):
    """A promotion or loyalty programme of an operator."""

    _inherit = "loyalty.program"

    telecom_period_ids = fields.Many2many(
        "telecom.offer.period",
        "loyalty_program_telecom_offer_period_rel",
        string="Periods of the Year",
        check_company=True,
        help="Runs in these periods only.",
    )
    telecom_segment_ids = fields.Many2many(
        "telecom.segment",
        "loyalty_program_telecom_segment_rel",
        string="Segments",
        check_company=True,
        help="For customers of these segments only.",
    )
    telecom_usage_class_ids = fields.Many2many(
        "telecom.usage.class",
        "loyalty_program_telecom_usage_class_rel",
        string="Consumption Classes",
        check_company=True,
        help="For customers of these classes only.",
    )
    telecom_on_bills = fields.Boolean(
        string="Points on Bills",
        help="Posted bills give points by the rules of the programme; points can be "
        "spent on a bill.",
    )
