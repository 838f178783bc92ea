from odoo import api, fields, models
from odoo.exceptions import AccessError


class TelecomTenancyMixin(models.AbstractModel):
    """The operator of a record for which Odoo knows no company.

    Without an operator it is the platform's: everybody may read it, and no operator's
    user changes it. The rules are in ``security/telecom_isolation_security.xml``.
    """

    _name = "telecom.tenancy.mixin"
    _description = "Belongs to an Operator or to the Platform"

    telecom_company_id = fields.Many2one(
        "res.company",
        string="Operator",
        index="btree_not_null",
        ondelete="cascade",
        copy=False,
        default=lambda self: self._telecom_default_company(),
    )

    def _init_column(self, column_name):
        """What is there at installation is the platform's: no default for it."""
        if column_name == "telecom_company_id":
            return None
        return super()._init_column(column_name)

    @api.model
    def _telecom_default_company(self):
        """What is made for an operator, or by its people, belongs to it."""
        company = self.env.company
        if company.telecom_tenant or self.env.user._telecom_bound():
            return company.id
        return False

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if not self.env.su and self.env.user._telecom_bound():
            # The rule lets no record of another operator through; none is shared
            records._telecom_check_owned()
        return records

    def write(self, vals):
        res = super().write(vals)
        if "telecom_company_id" in vals and not self.env.su:
            if self.env.user._telecom_bound():
                self._telecom_check_owned()
        return res

    def _telecom_check_owned(self):
        """Refuse to hand records over to the platform or to another operator."""
        # sudo: any model - the company only, of what the user just wrote
        for record in self.sudo():
            if record.telecom_company_id not in self.env.user.company_ids:
                raise AccessError(
                    self.env._("What you make belongs to an operator of yours.")
                )
