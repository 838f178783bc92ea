from odoo import api, fields, models


class IrFilters(models.Model):
    """Criteria saved as a model: private, or shared within the operator.

    Core shares a filter with the whole database.
    """

    _inherit = "ir.filters"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        index="btree_not_null",
        ondelete="cascade",
        help="Who sees a shared filter: the people of this operator. Empty: everybody.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.user._telecom_bound():
            company = self.env.company
            vals_list = [
                {**vals, "company_id": vals.get("company_id") or company.id}
                for vals in vals_list
            ]
        return super().create(vals_list)

    @api.model
    def get_filters(
        self,
        model,
        action_id=None,
        embedded_action_id=None,
        embedded_parent_res_id=None,
    ):
        """Offer the filters of the companies that are active, and of nobody.

        The rule says so too; core puts another context in its place.
        """
        filters = super().get_filters(
            model,
            action_id=action_id,
            embedded_action_id=embedded_action_id,
            embedded_parent_res_id=embedded_parent_res_id,
        )
        ids = [values["id"] for values in filters]
        seen = set(
            self.search(
                [
                    ("id", "in", ids),
                    ("company_id", "in", [False, *self.env.companies.ids]),
                ]
            ).ids
        )
        return [values for values in filters if values["id"] in seen]
