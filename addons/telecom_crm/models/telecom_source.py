from odoo import fields, models

SOURCE_KINDS = [
    ("catalogue", "Catalogue"),
    ("mailing", "Mailing"),
    ("prospecting", "Tele-prospecting"),
    ("shop", "Boutique"),
    ("internet", "Internet"),
    ("field", "Field Sales"),
    ("recommendation", "Recommendation"),
    ("other", "Other"),
]


class TelecomSource(models.Model):
    """Where prospects and customers come from, in an operator's own words."""

    _name = "telecom.source"
    _description = "Customer Source"
    _check_company_auto = True
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(SOURCE_KINDS, required=True, default="other")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    prospect_count = fields.Integer(string="Prospects", compute="_compute_counts")
    customer_count = fields.Integer(string="Customers", compute="_compute_counts")
    conversion = fields.Float(
        string="Converted",
        compute="_compute_counts",
        help="Share of the prospects of this source that became customers.",
    )

    def _compute_counts(self):
        def count(model, domain):
            return dict(
                self.env[model]._read_group(
                    [("telecom_source_id", "in", self.ids), *domain],
                    ["telecom_source_id"],
                    ["__count"],
                )
            )

        prospects = count("crm.lead", [("active", "in", [True, False])])
        won = count("crm.lead", [("partner_id.telecom_customer", "=", True)])
        customers = count("res.partner", [("telecom_customer", "=", True)])
        for source in self:
            source.prospect_count = prospects.get(source, 0)
            source.customer_count = customers.get(source, 0)
            source.conversion = (
                won.get(source, 0) / source.prospect_count
                if source.prospect_count
                else 0.0
            )

    def action_view_customers(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_crm.action_telecom_customer"
            ),
            "domain": [
                ("telecom_customer", "=", True),
                ("telecom_source_id", "=", self.id),
            ],
        }
