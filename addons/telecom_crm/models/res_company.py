from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.http import request
from odoo.tools import SQL, ormcache

from ..tools import color, phone
from ..tools.once import once

CUSTOMER_SEQUENCE = "telecom.customer.number"
BRAND_FIELDS = {"primary_color", "secondary_color", "telecom_favicon", "logo"}


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_tenant = fields.Boolean(
        string="Telecom Operator",
        help="The company is an operator: its users see its own partners and users "
        "only, and what they create belongs to it.",
    )
    telecom_kind = fields.Selection(
        [
            ("operator", "Telecom operator"),
            ("bank", "Bank"),
            ("other", "Other company"),
        ],
        string="Kind of Client",
        default="operator",
        required=True,
        help="A bank or another client of the contact centre has neither lines nor "
        "offers: their screens are not shown.",
    )
    telecom_host_ids = fields.One2many("telecom.host", "company_id", string="Hosts")

    # The brand: documents, e-mails, pages and the back office take it from here.
    # primary_color and secondary_color are the ones documents had already.
    telecom_color = fields.Char(
        related="primary_color",
        readonly=False,
        string="Brand Colour",
        help="As #rrggbb: bars, buttons and links of everything this operator's people "
        "and customers see; marks what belongs to it on shared screens.",
    )
    telecom_accent_color = fields.Char(
        related="secondary_color",
        readonly=False,
        string="Second Colour",
        help="As #rrggbb: accents.",
    )
    telecom_favicon = fields.Image(
        string="Icon",
        max_width=256,
        max_height=256,
        help="Shown in the browser's tab; square. Without one, the logo is.",
    )
    telecom_plan = fields.Char(string="Numbering Plan", compute="_compute_telecom_plan")
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

    @api.depends("country_id")
    def _compute_telecom_plan(self):
        for company in self:
            company.telecom_plan = phone.describe_plan(company.country_id.code)

    @api.constrains("primary_color", "secondary_color", "telecom_tenant")
    def _check_telecom_color(self):
        for company in self.filtered("telecom_tenant"):
            for text in (company.primary_color, company.secondary_color):
                if text and not color.is_color(text):
                    raise ValidationError(
                        self.env._(
                            "%(color)s is no colour; write it as #rrggbb.", color=text
                        )
                    )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        # The partner that a company creates for itself does not belong to the company
        # in which its creator happens to work.
        new = self.with_context(telecom_company_partner=True)
        companies = super(ResCompany, new).create(vals_list).with_env(self.env)
        companies._telecom_color_emails()
        companies.filtered("telecom_tenant")._telecom_become_operator()
        return companies

    def write(self, vals):
        res = super().write(vals)
        if "partner_id" in vals:
            self.env.registry.clear_cache()
        if vals.keys() & BRAND_FIELDS:
            self.env.registry.clear_cache()
        if "primary_color" in vals:
            self._telecom_color_emails()
        if "telecom_kind" in vals:
            # The menus are cached by user.
            self.env.registry.clear_cache()
        if "telecom_tenant" in vals:
            # The rules of core models depend on it and are cached by user.
            self.env.registry.clear_cache()
            if vals["telecom_tenant"]:
                self._telecom_become_operator()
        return res

    def _telecom_become_operator(self):
        """Give each operator what it needs from its first customer on."""
        for company in self:
            company._telecom_sequence(
                CUSTOMER_SEQUENCE,
                self.env._("Customer number (%s)", company.name),
                "C",
                6,
            )

    def _telecom_has_lines(self):
        """Tell whether this company's customers have lines: a bank's have none."""
        # sudo: res.company - the kind of one's own companies
        company = self.sudo()
        return company.telecom_kind == "operator" or not company.telecom_tenant

    # Hosts

    def _telecom_link_company(self):
        return self

    def _telecom_has_hosts(self):
        """Tell whether requests can be told to be for this company."""
        return bool(self) and bool(self.env["telecom.host"]._base_url_of(self))

    def _telecom_hosts_changed(self):
        """Prepare companies for their visitors and customers."""
        # sudo: res.users - of these companies, by whoever may change their hosts
        users = self.env["res.users"].sudo().with_context(active_test=False)
        public = self.env.ref("base.public_user").sudo()
        for company in self:
            if company._telecom_has_hosts() and not company._telecom_public_user_id():
                visitor = public.with_context(no_reset_password=True).copy(
                    {
                        "name": public.name,
                        "login": f"telecom-public-{company.id}",
                        "company_id": company.id,
                        "company_ids": [Command.set(company.ids)],
                    }
                )
                # Goes with the app: nobody could delete the company otherwise.
                # sudo: ir.model.data - the name of what was made here
                self.env["ir.model.data"].sudo()._update_xmlids(
                    [
                        {
                            "xml_id": f"telecom_crm.public_user_{company.id}",
                            "record": visitor,
                            "noupdate": True,
                        }
                    ]
                )
        self.env.registry.clear_cache()
        users.search(
            [("company_id", "in", self.ids), ("share", "=", True)]
        )._telecom_store_logins()

    @ormcache("self.id")
    def _telecom_public_user_id(self):
        """Return the id of the user that visitors of this company are, or False.

        Odoo's own is of the first company: so would be what its visitors do.
        """
        # sudo: res.users - who visits is nobody yet
        return (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search([("login", "=", f"telecom-public-{self.id}")], limit=1)
            .id
        )

    # Brand

    def _telecom_color_emails(self):
        """Buttons of e-mails take the brand's colour, and can be read."""
        for company in self:
            if color.is_color(company.primary_color):
                company.email_secondary_color = company.primary_color
                company.email_primary_color = color.text_on(company.primary_color)

    def _telecom_palette(self):
        """Return the colours of this company's pages; empty without a brand.

        See :func:`odoo.addons.telecom_crm.tools.color.palette`.
        """
        return dict(self._telecom_palette_items()) if self else {}

    @ormcache("self.id")
    def _telecom_palette_items(self):
        # sudo: res.company - the colours of a page are no secret
        company = self.sudo()
        if not color.is_color(company.primary_color):
            return ()
        second = company.secondary_color
        return tuple(
            color.palette(
                company.primary_color, second if color.is_color(second) else None
            ).items()
        )

    def _telecom_brand_style(self):
        """Return the CSS declarations of this company's colours."""
        return ";".join(
            f"--telecom-{name.replace('_', '-')}:{value}"
            for name, value in self._telecom_palette().items()
        )

    def _telecom_icon_url(self):
        """Return the address of the icon of this company's pages, or False."""
        # sudo: res.company - the icon of a page is no secret
        company = self.sudo()
        if not company.telecom_favicon and company.uses_default_logo:
            return False
        return f"/telecom/icon/{company.id}?unique={company.write_date:%Y%m%d%H%M%S}"

    @api.model
    def _telecom_company_of_page(self):
        """Return the company whose look the page being made has.

        In the back office, the first company that is active in the browser; elsewhere
        the host's, or the user's own.
        """
        if not request:
            return self.browse()
        host_company = self.env["telecom.host"]._company_of_request()
        # sudo: res.users - reading the companies of oneself
        user = self.env.user.sudo() if self.env.uid else self.env["res.users"]
        if not user or user._is_public():
            return host_company
        if not user._is_internal():
            return user.company_id
        allowed = user._get_company_ids()
        ids = [
            int(part)
            for part in request.cookies.get("cids", "").split("-")
            if part.isascii() and part.isdigit()
        ]
        for company_id in ids:
            if company_id in allowed:
                return self.browse(company_id)
        return user.company_id

    # Telephone numbers

    def _telecom_sanitize(self, number):
        """Return a number in E.164, national numbers being this operator's country's.

        :param str number: as typed, or as a trunk delivers it
        :return: E.164 with ``+``, or False when it is no valid number
        """
        self.ensure_one()
        return phone.to_e164(number, self._telecom_region())

    def _telecom_format(self, number):
        """Return a number as people of this operator's country write it.

        :param str number: E.164; anything else is returned as it is
        """
        return phone.to_display(number, self._telecom_region())

    @ormcache("self.id")
    def _telecom_region(self):
        """The code of the operator's country, by which its numbers are read.

        Cached: each call asks, and computing a company's country reads its whole
        partner. Forgotten when a company's partner moves.
        """
        # sudo: res.company - desks and gateways format for companies not active
        return self.sudo().country_id.code or False

    # Numbers

    def _telecom_sequence(self, code, name, prefix, padding):
        """Return the sequence of that code of this operator, made when it has none.

        :param str code: what it counts
        :param str name: of a new one
        :param str prefix: of the numbers of a new one
        :param int padding: digits of the numbers of a new one
        :rtype: ir.sequence
        :raises ConcurrencyError: somebody makes it at this moment; Odoo tries again
        """
        self.ensure_one()
        # sudo: ir.sequence - whoever makes a record gets its operator's next number
        sequences = self.env["ir.sequence"].sudo().with_context(active_test=False)
        known = sequences.search(
            [("code", "=", code), ("company_id", "=", self.id)], limit=1
        )
        if known:
            return known
        with once(sequences, "_telecom_code_unique"):
            return sequences.create(
                {
                    "name": name,
                    "code": code,
                    "company_id": self.id,
                    "prefix": prefix,
                    "padding": padding,
                }
            )

    def _telecom_next_number(self, code, name, prefix, padding):
        """Draw the next number of a sequence of this operator.

        :param str code: see :meth:`_telecom_sequence`, as the others
        :rtype: str
        """
        return self._telecom_sequence(code, name, prefix, padding).next_by_id()

    def _telecom_next_customer_numbers(self, count):
        """Return ``count`` new customer numbers of this operator."""
        self.ensure_one()
        self.env["res.partner"].flush_model(["company_id", "telecom_customer_number"])
        # sudo: ir.sequence - numbers are given in the customer's company, active or not
        sequence = (
            self.env["ir.sequence"]
            .sudo()
            .search(
                [("code", "=", CUSTOMER_SEQUENCE), ("company_id", "=", self.id)],
                limit=1,
            )
        )
        numbers = []
        while sequence and len(numbers) < count:
            fresh = self._telecom_draw(sequence, count - len(numbers))
            # Numbers that files brought are somebody's
            taken = {
                number
                for (number,) in self.env.execute_query(
                    SQL(
                        """SELECT telecom_customer_number FROM res_partner
                        WHERE company_id = %s AND telecom_customer_number = ANY(%s)""",
                        self.id,
                        fresh,
                    )
                )
            }
            numbers += [number for number in fresh if number not in taken]
        return numbers

    @api.model
    def _telecom_draw(self, sequence, count):
        """Return the next numbers of a sequence; of a plain one, with one query."""
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        prefix, suffix = sequence._get_prefix_suffix()
        return [
            f"{prefix}{number:0{sequence.padding}d}{suffix}"
            for (number,) in self.env.execute_query(
                SQL(
                    "SELECT nextval(%s) FROM generate_series(1, %s)",
                    f"ir_sequence_{sequence.id:03d}",
                    count,
                )
            )
        ]
