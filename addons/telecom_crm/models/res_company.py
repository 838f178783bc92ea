import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import phone

CUSTOMER_SEQUENCE = "telecom.customer.number"


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_tenant = fields.Boolean(
        string="Telecom Operator",
        help="The company is an operator: its users see its own partners and users "
        "only, and what they create belongs to it.",
    )
    telecom_color = fields.Char(
        string="Brand Colour",
        default="#2a5db0",
        help="As #rrggbb; marks what belongs to this operator on shared screens.",
    )
    telecom_customer_count = fields.Integer(
        string="Customers", compute="_compute_telecom_counts"
    )
    telecom_line_count = fields.Integer(
        string="Lines", compute="_compute_telecom_counts"
    )
    telecom_open_claim_count = fields.Integer(
        string="Open Claims", compute="_compute_telecom_counts"
    )

    # Computes and constraints

    def _compute_telecom_counts(self):
        counts = {}
        for model, domain in (
            ("res.partner", [("telecom_customer", "=", True)]),
            ("telecom.line", [("state", "in", ("active", "suspended"))]),
            ("helpdesk.ticket", [("stage_id.closed", "!=", True)]),
        ):
            # sudo: counts only, for the platform's list of all operators, whose
            # records the platform's own companies need not include
            counts[model] = dict(
                self.env[model]
                .sudo()
                ._read_group(
                    [("company_id", "in", self.ids), *domain],
                    ["company_id"],
                    ["__count"],
                )
            )
        for company in self:
            company.telecom_customer_count = counts["res.partner"].get(company, 0)
            company.telecom_line_count = counts["telecom.line"].get(company, 0)
            company.telecom_open_claim_count = counts["helpdesk.ticket"].get(company, 0)

    @api.constrains("telecom_color")
    def _check_telecom_color(self):
        for company in self.filtered("telecom_color"):
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", company.telecom_color):
                raise ValidationError(
                    self.env._(
                        "%(color)s is no colour; write it as #rrggbb.",
                        color=company.telecom_color,
                    )
                )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        # The partner that a company creates for itself does not belong to the company
        # in which its creator happens to work.
        new = self.with_context(telecom_company_partner=True)
        companies = super(ResCompany, new).create(vals_list).with_env(self.env)
        companies.filtered("telecom_tenant")._telecom_become_operator()
        return companies

    def write(self, vals):
        res = super().write(vals)
        if "telecom_tenant" in vals:
            # The rules of core models depend on it and are cached by user.
            self.env.registry.clear_cache()
            if vals["telecom_tenant"]:
                self._telecom_become_operator()
        return res

    def _telecom_become_operator(self):
        """Give each operator what it needs from its first customer on."""
        # sudo: ir.sequence - the platform's administrator need not manage sequences
        Sequence = self.env["ir.sequence"].sudo()
        known = Sequence.search(
            [("code", "=", CUSTOMER_SEQUENCE), ("company_id", "in", self.ids)]
        ).company_id
        Sequence.create(
            [
                {
                    "name": self.env._("Customer number (%s)", company.name),
                    "code": CUSTOMER_SEQUENCE,
                    "company_id": company.id,
                    "prefix": "C",
                    "padding": 6,
                }
                for company in self - known
            ]
        )

    # Telephone numbers

    def _telecom_sanitize(self, number):
        """Return a number in E.164, national numbers being this operator's country's.

        :param str number: as typed, or as a trunk delivers it
        :return: E.164 with ``+``, or False when it is no valid number
        """
        self.ensure_one()
        # sudo: res.company - desks and gateways format for companies not active
        return phone.to_e164(number, self.sudo().country_id.code)

    def _telecom_format(self, number):
        """Return a number as people of this operator's country write it.

        :param str number: E.164; anything else is returned as it is
        """
        # sudo: res.company - as above
        return phone.to_display(number, self.sudo().country_id.code)

    # Customer numbers

    def _telecom_next_customer_numbers(self, count):
        """Return ``count`` new customer numbers of this operator."""
        self.ensure_one()
        # sudo: ir.sequence - numbers are given in the customer's company, active or not
        sequence = (
            self.env["ir.sequence"]
            .sudo()
            .search(
                [("code", "=", CUSTOMER_SEQUENCE), ("company_id", "=", self.id)],
                limit=1,
            )
        )
        return [sequence.next_by_id() for _number in range(count)] if sequence else []
