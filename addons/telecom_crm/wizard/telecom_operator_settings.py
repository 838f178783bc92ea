from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomOperatorSettings(models.TransientModel):
    """What an operator's manager decides, without the rights on companies.

    Each field stands for the field of the same name of ``res.company``: an app that
    has settings adds its fields here, and says which module they go with.
    """

    _name = "telecom.operator.settings"
    _description = "Settings of the Operator"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    customers_open = fields.Boolean(
        default=lambda self: self.env.company._telecom_allows("customers", "write")
    )

    # Identity documents
    telecom_kyc_action = fields.Selection(
        selection=lambda self: (
            self.env["res.company"]
            ._fields["telecom_kyc_action"]
            ._description_selection(self.env)
        ),
        string="When an Identity Document Ends",
    )
    telecom_kyc_warn_days = fields.Integer(
        string="Tell Before (days)", help="Days before the last day of the document."
    )
    telecom_kyc_grace_days = fields.Integer(
        string="Grace (days)",
        help="Between the message that the document has ended and barring the lines.",
    )

    # Consumption
    telecom_usage_retention = fields.Integer(
        string="Keep Consumption (months)",
        help="Monthly consumption of lines; older months are deleted. 0: for ever.",
    )

    @api.depends("company_id")
    def _compute_display_name(self):
        for settings in self:
            settings.display_name = self.env._(
                "Settings of %s", settings.company_id.name
            )

    @api.model
    def _modules_of_settings(self):
        """Return {field: module} of all settings.

        Whoever may not write with a module changes none of its settings.
        """
        return {
            "telecom_kyc_action": "customers",
            "telecom_kyc_warn_days": "customers",
            "telecom_kyc_grace_days": "customers",
            "telecom_usage_retention": "customers",
        }

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        # sudo: res.company - the settings of the operator one works for
        company = self.env.company.sudo()
        for name in self._modules_of_settings().keys() & set(fields):
            values[name] = company[name]
        return values

    @api.model_create_multi
    def create(self, vals_list):
        # The operator is the one of the page, whatever was sent
        return super().create(
            [{**vals, "company_id": self.env.company.id} for vals in vals_list]
        )

    def action_save(self):
        """Write what was changed to the operator one works for.

        :raises AccessError: for whoever is no manager, or while its module is closed
        :raises ValidationError: when another operator was chosen meanwhile
        """
        self.ensure_one()
        self.check_access("write")
        company = self.env.company
        if self.company_id != company:
            raise ValidationError(
                self.env._(
                    "These are the settings of %(one)s, and you work for %(other)s "
                    "now. Open them again.",
                    # sudo: res.company - its name, which the page shows
                    one=self.sudo().company_id.name,
                    other=company.name,
                )
            )
        changed = {}
        for name, module in self._modules_of_settings().items():
            # sudo: res.company - a manager decides about his own operator
            if self[name] != company.sudo()[name]:
                company._telecom_check(module, "write")
                changed[name] = self[name]
        if changed:
            company.sudo().write(changed)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
