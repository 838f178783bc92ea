from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class TelecomOperatorService(models.Model):
    """Which contact-centre provider serves which operator.

    What belongs to both sides (a queue on a PBX, an agent in a queue) is possible
    only while a service joins them.
    """

    _name = "telecom.operator.service"
    _description = "Service of an Operator by a Provider"
    _inherit = ["telecom.configuration.mixin"]
    _order = "operator_id, provider_id"

    provider_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        help="The contact centre: owns PBXs, sites and agents.",
    )
    operator_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        help="Owns the queues, campaigns and calls.",
    )
    active = fields.Boolean(default=True)
    date_start = fields.Date()
    date_end = fields.Date(help="Last day of service; no end when empty.")

    _service_unique = models.Constraint(
        "UNIQUE(provider_id, operator_id)",
        "This provider serves this operator already.",
    )
    _dates_order = models.Constraint(
        "CHECK(date_start <= date_end)", "A service ends after it starts."
    )

    @api.depends("provider_id.name", "operator_id.name")
    def _compute_display_name(self):
        for service in self.sudo():  # sudo: res.company - names, known to both sides
            service.display_name = (
                f"{service.provider_id.name or ''} → {service.operator_id.name or ''}"
            )

    def _configuration_pbxs(self):
        return self.env["telecom.pbx"].search(
            [("company_id", "in", self.provider_id.ids)]
        )

    def _configuration_provider(self):
        return self.provider_id[:1]

    def _configuration_operator(self):
        return self.operator_id[:1]

    # -------------------------------------------------------------------------
    # Who serves whom
    # -------------------------------------------------------------------------

    @api.model
    def _current_domain(self):
        """Domain of the services that run today."""
        return (
            Domain("active", "=", True)
            & (Domain("date_start", "=", False) | Domain("date_start", "<=", "today"))
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", "today"))
        )

    @api.model
    def _is_served(self, operator, provider):
        """Whether a provider works for an operator today; everybody does for oneself.

        :param operator, provider: one ``res.company`` each
        """
        if operator == provider:
            return True
        # sudo: telecom.operator.service - a yes or no, for constraints
        return bool(
            self.sudo().search_count(
                self._current_domain()
                & Domain("operator_id", "=", operator.id)
                & Domain("provider_id", "=", provider.id),
                limit=1,
            )
        )

    @api.model
    def _check_served(self, pairs):
        """Refuse links between an operator and a provider who does not serve it.

        :param pairs: (operator, provider) companies
        :raises ValidationError: naming the first pair without a service
        """
        for operator, provider in dict.fromkeys(pairs):
            if not self._is_served(operator, provider):
                # sudo: res.company - the names of both sides
                raise ValidationError(
                    self.env._(
                        "%(provider)s does not serve %(operator)s: there is no "
                        "active service between both.",
                        provider=provider.sudo().name,
                        operator=operator.sudo().name,
                    )
                )
