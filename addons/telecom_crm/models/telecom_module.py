from odoo import api, fields, models


class TelecomModule(models.Model):
    """A feature area that is switched on, read-only or off for each operator.

    The catalogue has no company and nobody changes it: each app delivers its modules.
    """

    _name = "telecom.module"
    _description = "Module"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    description = fields.Text(translate=True)
    sequence = fields.Integer(default=100)
    depends_ids = fields.Many2many(
        "telecom.module",
        "telecom_module_dependency",
        "module_id",
        "depends_id",
        string="Needs",
        help="Modules without which this one cannot work.",
    )

    _code_unique = models.UniqueIndex("(code)", "This module exists already.")

    @api.model
    def _get_dependencies(self):
        """Return {module: the modules it needs directly}, by code."""
        # sudo: telecom.module - a catalogue without secrets
        return {
            module.code: tuple(module.depends_ids.mapped("code"))
            for module in self.sudo().search([])
        }

    @api.model
    def _get_model_codes(self):
        """Return {model: module}, for what record rules do not close.

        Actions, exports and reports of these models close with the module. A name
        that ends with a dot stands for all models that begin so; the longest name
        that fits counts.
        """
        return {
            "res.partner": "customers",
            "telecom.line": "customers",
            "telecom.line.": "customers",
            "telecom.identity.document": "customers",
            "telecom.consent": "customers",
            "telecom.do.not.call": "customers",
            "telecom.source": "customers",
            "telecom.customer.import.": "customers",
            "telecom.segment": "customers",
            "telecom.usage.": "customers",
            "telecom.registration": "customers",
            "helpdesk.": "claims",
            "telecom.claim.": "claims",
            "telecom.solution": "claims",
            "crm.": "prospecting",
            "crm.activity.report": "statistics",
        }

    @api.model
    def _get_model_code(self, model):
        """Return the module a model belongs to, or None.

        :param str model: the model's name
        """
        codes = self._get_model_codes()
        if model in codes:
            return codes[model]
        prefixes = [
            name
            for name in codes
            if name.endswith(".") and f"{model}.".startswith(name)
        ]
        return codes[max(prefixes, key=len)] if prefixes else None

    @api.model
    def _check_model(self, model, operation="read", companies=None):
        """Refuse what a module that is off for the user's operators offers.

        With several operators at once, one that has the module is enough: the records
        of the others are kept away by the rules.

        :param str model: the model's name
        :param res.company companies: the active ones of the user when not given
        :raises AccessError: when no company may use the module
        """
        code = self._get_model_code(model)
        companies = self.env.companies if companies is None else companies
        if code and companies and not self.env.user._is_superuser():
            if not any(c._telecom_allows(code, operation) for c in companies):
                companies[0]._telecom_check(code, operation)
