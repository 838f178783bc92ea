from odoo import api, fields, models


class TelecomQuoteRequestLine(models.Model):
    """One thing that is asked for: an offer, or something in words."""

    _name = "telecom.quote.request.line"
    _description = "Line of a Quote Request"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "request_id, sequence, id"

    request_id = fields.Many2one(
        "telecom.quote.request",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        string="Offer",
        check_company=True,
        domain="[('sale_ok', '=', True)]",
    )
    name = fields.Char(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    quantity = fields.Float(required=True, default=1.0, digits="Product Unit")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0 AND quantity <= 100000)",
        "A quantity lies between 1 and 100,000.",
    )

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id:
                line.name = line.product_id.name
            elif not line.name:
                line.name = ""
