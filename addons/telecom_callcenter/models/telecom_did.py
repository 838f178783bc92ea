from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomDid(models.Model):
    """A service number and the campaign it reaches."""

    _name = "telecom.did"
    _description = "Service Number"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _rec_name = "number"
    _order = "number"

    number = fields.Char(
        required=True,
        help="As the trunk delivers it: digits, with or without +. Short codes too.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    pbx_id = fields.Many2one("telecom.pbx", required=True, index=True)
    campaign_id = fields.Many2one(
        "telecom.campaign", index=True, check_company=True, ondelete="set null"
    )

    # Trunks deliver the same number with and without its plus sign: two operators must
    # not share it
    _number_once = models.UniqueIndex(
        "(pbx_id, ltrim(number, '+'))", "This service number is in use on this PBX."
    )

    @api.constrains("number")
    def _check_number(self):
        for did in self:
            digits = did.number.removeprefix("+")
            # Short codes are no numbers of a numbering plan: digits are all there is
            if not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
                raise ValidationError(
                    self.env._(
                        "“%(number)s” is no service number: write it as the trunk "
                        "delivers it, up to 15 digits, with or without +.",
                        number=did.number,
                    )
                )

    @api.constrains("company_id", "pbx_id")
    def _check_service(self):
        # sudo: telecom.did, telecom.pbx - the company of a PBX one may not see
        self.env["telecom.operator.service"]._check_served(
            (did.company_id, did.pbx_id.company_id) for did in self.sudo()
        )

    @api.constrains("campaign_id", "pbx_id")
    def _check_same_pbx(self):
        for did in self.sudo():  # sudo: telecom.pbx - comparing only
            queue = did.campaign_id.queue_id
            if queue and queue.pbx_id != did.pbx_id:
                raise ValidationError(
                    self.env._(
                        "The service number %(number)s is on the PBX %(pbx)s, but the "
                        "queue %(queue)s of its campaign is on %(other)s.",
                        number=did.number,
                        pbx=did.pbx_id.name,
                        queue=queue.name,
                        other=queue.pbx_id.name,
                    )
                )

    def _configuration_pbxs(self):
        return self.pbx_id

    def _configuration_operator(self):
        return self.company_id[:1]
