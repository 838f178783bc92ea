from odoo import api, fields, models
from odoo.fields import Domain


class LoyaltyProgram(models.Model):
    """A promotion or loyalty programme of an operator."""

    _inherit = "loyalty.program"

    telecom_period_ids = fields.Many2many(
        "telecom.offer.period",
        "loyalty_program_telecom_offer_period_rel",
        string="Periods of the Year",
        domain="[('company_id', '=', company_id)]",
        help="Runs in these periods only.",
    )
    telecom_segment_ids = fields.Many2many(
        "telecom.segment",
        "loyalty_program_telecom_segment_rel",
        string="Segments",
        domain="[('company_id', '=', company_id)]",
        help="For customers of these segments only.",
    )
    telecom_usage_class_ids = fields.Many2many(
        "telecom.usage.class",
        "loyalty_program_telecom_usage_class_rel",
        string="Consumption Classes",
        domain="[('company_id', '=', company_id)]",
        help="For customers of these classes only.",
    )
    telecom_on_bills = fields.Boolean(
        string="Points on Bills",
        help="Posted bills give points by the rules of the programme, and points can "
        "be spent on the next bill.",
    )

    @api.model
    def _telecom_period_domain(self, company, day, prefix=""):
        """Return the programmes that run on a day, as far as periods are concerned.

        :param res.company company: the operator
        :param date day: the day
        :param str prefix: of the fields' names, when the domain is of another model
        :rtype: list
        """
        # sudo: telecom.offer.period - also for orders in the portal; one company's
        periods = self.env["telecom.offer.period"].sudo()
        periods = periods.search([("company_id", "=", company.id)])
        spans = periods._telecom_spans(day)
        running = [
            period.id
            for period in periods
            if any(first <= day <= last for first, last in spans[period.id])
        ]
        name = f"{prefix}telecom_period_ids"
        return ["|", (name, "=", False), (name, "in", running)]

    def _telecom_suits(self, partner):
        """Tell whether a customer may have a programme.

        :param res.partner partner: the customer
        """
        self.ensure_one()
        head = partner.commercial_partner_id or partner
        segment = partner.telecom_segment_id or head.telecom_segment_id
        segments = self.telecom_segment_ids
        classes = self.telecom_usage_class_ids
        return (not segments or segment in segments) and (
            not classes or head.telecom_usage_class_id in classes
        )

    @api.model
    def _telecom_promotions(self, company, day):
        """Return the promotions that need no code and run on a day.

        :param res.company company: the operator
        :param date day: the day
        :rtype: loyalty.program
        """
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("program_type", "=", "promotion")
            & Domain("trigger", "=", "auto")
            & Domain("sale_ok", "=", True)
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", day))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day))
            & Domain(self._telecom_period_domain(company, day))
        )

    @api.model
    def _telecom_of_bills(self, company, day):
        """Return the programmes that give points for bills of a day.

        :param res.company company: the operator
        :param date day: of the invoice
        :rtype: loyalty.program
        """
        # sudo: loyalty.program - bill runs post without a user; one company's
        programs = self.sudo().search(
            Domain("telecom_on_bills", "=", True)
            & Domain("program_type", "=", "loyalty")
            & Domain("company_id", "=", company.id)
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", day))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day))
        )
        return programs.filtered_domain(self._telecom_period_domain(company, day))
