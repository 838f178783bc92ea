from odoo import api, fields, models

USAGE_KINDS = [("voice", "Voice"), ("sms", "SMS"), ("data", "Data")]
#: What people write quantities in, and the units stored: seconds, messages, kilobytes
UNITS = [
    ("minute", "minutes"),
    ("sms", "SMS"),
    ("mb", "MB"),
    ("gb", "GB"),
]
FACTORS = {"minute": 60, "sms": 1, "mb": 1000, "gb": 1_000_000}
#: More than anybody uses in a month: what "unlimited" counts as
UNLIMITED = 10**15
KINDS_OF_UNITS = {"minute": "voice", "sms": "sms", "mb": "data", "gb": "data"}


class TelecomOfferAllowance(models.Model):
    """What an offer includes in each billing period before anything is charged."""

    _name = "telecom.offer.allowance"
    _description = "Allowance of an Offer"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "product_tmpl_id, usage_kind, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Offer",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    usage_kind = fields.Selection(
        USAGE_KINDS, compute="_compute_usage_kind", store=True, precompute=True
    )
    quantity = fields.Float(
        digits=(16, 0),
        compute="_compute_quantity",
        store=True,
        precompute=True,
        help="In seconds, messages or kilobytes.",
    )
    amount = fields.Float(string="Included", digits=(16, 2))
    unit = fields.Selection(UNITS, required=True, default="minute")
    unlimited = fields.Boolean()
    shared = fields.Boolean(
        help="All lines of the billing account use it up together; otherwise each "
        "line has its own."
    )

    _amount_positive = models.Constraint(
        "CHECK(unlimited OR amount > 0)", "Say how much the offer includes."
    )
    _kind_unique = models.Constraint(
        "UNIQUE(product_tmpl_id, company_id, usage_kind)",
        "The offer includes this already: change what is there.",
    )

    @api.depends("unit")
    def _compute_usage_kind(self):
        for allowance in self:
            allowance.usage_kind = KINDS_OF_UNITS.get(allowance.unit, False)

    @api.depends("unit", "amount", "unlimited")
    def _compute_quantity(self):
        for allowance in self:
            allowance.quantity = (
                UNLIMITED
                if allowance.unlimited
                else allowance.amount * FACTORS.get(allowance.unit, 0)
            )

    @api.depends("amount", "unit", "unlimited")
    def _compute_display_name(self):
        units = dict(self._fields["unit"]._description_selection(self.env))
        kinds = dict(self._fields["usage_kind"]._description_selection(self.env))
        for allowance in self:
            if allowance.unlimited:
                allowance.display_name = self.env._(
                    "Unlimited %s", kinds.get(allowance.usage_kind, "")
                )
            else:
                amount = f"{allowance.amount:g}"
                allowance.display_name = f"{amount} {units.get(allowance.unit, '')}"
