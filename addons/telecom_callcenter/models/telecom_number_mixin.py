from odoo import api, models


class TelecomNumberMixin(models.AbstractModel):
    """A record that holds a telephone ``number`` of its ``company_id``'s world.

    The number is stored in E.164 where that is possible, whatever way people of the
    operator's country write it; what is no number is left for the model's constraint.
    """

    _name = "telecom.number.mixin"
    _description = "Telephone Number of an Operator"

    @api.model_create_multi
    def create(self, vals_list):
        Company = self.env["res.company"]
        default = self.env.company._telecom_default_operator()
        return super().create(
            [
                self._complete_number(
                    vals, Company.browse(vals.get("company_id")) or default
                )
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if len(self.company_id) == 1:
            vals = self._complete_number(vals, self.company_id)
        return super().write(vals)

    @api.model
    def _complete_number(self, vals, company):
        number = vals.get("number")
        if not number:
            return vals
        return {**vals, "number": company._telecom_sanitize(number) or number}
