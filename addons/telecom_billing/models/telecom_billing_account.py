from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine import proration

ACCOUNT_SEQUENCE = "telecom.billing.account"
#: The last day that every month has
LAST_CYCLE_DAY = 28


class TelecomBillingAccount(models.Model):
    """What a customer is billed on: one number, one day of the month, one payer.

    The user of a service and who pays for it are apart: a company pays for the
    lines of its people, a head of household for those of the children.
    """

    _name = "telecom.billing.account"
    _description = "Billing Account"
    _inherit = ["mail.thread", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "number, id"
    _rec_name = "number"
    _rec_names_search = ["number", "partner_id"]

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    number = fields.Char(required=True, copy=False, default="/", tracking=True)
    state = fields.Selection(
        [("active", "Active"), ("closed", "Closed")],
        string="Status",
        required=True,
        default="active",
        tracking=True,
        copy=False,
    )
    active = fields.Boolean(default=True)

    # Who
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    payer_id = fields.Many2one(
        "res.partner",
        string="Billed to",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Who receives and pays the invoices, when it is somebody else.",
    )
    invoice_partner_id = fields.Many2one(
        "res.partner",
        string="Payer",
        compute="_compute_invoice_partner_id",
        store=True,
        index=True,
        help="The customer, or who pays for him.",
    )
    email = fields.Char(
        related="invoice_partner_id.email",
        readonly=False,
        help="Where invoices and reminders go.",
    )
    lang = fields.Selection(
        related="invoice_partner_id.lang", string="Language", readonly=False
    )

    # How
    cycle_day = fields.Integer(
        required=True,
        compute="_compute_cycle_day",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The day of the month on which a billing period begins: 1 to 28.",
    )
    grouping = fields.Selection(
        [
            ("one", "One invoice for everything"),
            ("group", "One invoice per group of lines"),
            ("line", "One invoice per line"),
        ],
        string="Merging",
        required=True,
        default="one",
        tracking=True,
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms",
        check_company=True,
        help="Those of the customer, when none are chosen here.",
    )
    # Prices, and with them charges, are in the operator's
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)

    # What
    move_ids = fields.One2many("account.move", "telecom_account_id", string="Invoices")
    move_count = fields.Integer(
        string="Number of Invoices", compute="_compute_move_figures"
    )
    amount_due = fields.Monetary(
        string="Due",
        compute="_compute_move_figures",
        help="What is still to be paid of posted invoices.",
    )

    _number_unique = models.UniqueIndex(
        "(company_id, number)", "This operator has a billing account of that number."
    )
    _cycle_day_in_month = models.Constraint(
        "CHECK(cycle_day BETWEEN 1 AND 28)",
        "A cycle begins between the 1st and the 28th: every month has those days.",
    )
    # Bill runs ask for all accounts of a cycle
    _company_cycle_idx = models.Index(
        "(company_id, cycle_day) WHERE state = 'active' AND active"
    )

    # Computes

    @api.depends("company_id")
    def _compute_cycle_day(self):
        for account in self:
            # sudo: res.company - a setting without secrets, whoever makes the account
            day = account.company_id.sudo().telecom_cycle_day
            account.cycle_day = account.cycle_day or day or 1

    @api.depends("partner_id", "payer_id")
    def _compute_invoice_partner_id(self):
        for account in self:
            account.invoice_partner_id = account.payer_id or account.partner_id

    @api.depends("move_ids.amount_residual_signed", "move_ids.state")
    def _compute_move_figures(self):
        rows = self.env["account.move"]._read_group(
            [
                ("telecom_account_id", "in", self.ids),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "!=", "cancel"),
            ],
            ["telecom_account_id", "state"],
            ["__count", "amount_residual_signed:sum"],
        )
        count, due = {}, {}
        for account, state, number, residual in rows:
            count[account.id] = count.get(account.id, 0) + number
            if state == "posted":
                due[account.id] = residual
        for account in self:
            account.move_count = count.get(account.id, 0)
            account.amount_due = due.get(account.id, 0.0)

    @api.depends("number", "partner_id")
    def _compute_display_name(self):
        for account in self:
            name = account.partner_id.display_name
            account.display_name = f"{account.number} · {name}" if name else False

    # Constraints

    @api.constrains("currency_id", "move_ids")
    def _check_currency(self):
        for account in self:
            currency = account.company_id.currency_id
            if account.currency_id != currency:
                raise ValidationError(
                    self.env._(
                        "%(account)s: customers are billed in %(currency)s, the "
                        "currency of the operator's prices.",
                        account=account.display_name,
                        currency=currency.name,
                    )
                )
            if account.move_ids.filtered(
                lambda move, account=account: move.currency_id != account.currency_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(account)s has invoices in another currency.",
                        account=account.number,
                    )
                )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        self._give_numbers(vals_list)
        accounts = super().create(vals_list)
        accounts._name_on_customers()
        return accounts

    def write(self, vals):
        if vals.get("state") == "closed" or vals.get("active") is False:
            self._check_nothing_to_bill()
        res = super().write(vals)
        if vals.keys() & {"number", "partner_id"}:
            self._name_on_customers()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if self.move_ids:
            raise UserError(
                self.env._("Close billing accounts that have invoices instead.")
            )

    @api.model
    def _give_numbers(self, vals_list):
        """Number new accounts, in place: as the customer's file says, or the next.

        :param list vals_list: values of accounts to be created
        """
        due = [vals for vals in vals_list if vals.get("number", "/") in ("/", False)]
        if not due:
            return
        partners = self.env["res.partner"].browse(
            {vals["partner_id"] for vals in due if vals.get("partner_id")}
        )
        # A number taken over from an older system, unless an account has it already
        known = {
            partner.id: partner.telecom_billing_account
            for partner in partners
            if partner.telecom_billing_account
        }
        taken = set(
            self.with_context(active_test=False)
            .search([("number", "in", list(known.values()))])
            .mapped(lambda account: (account.company_id.id, account.number))
        )
        default = self.env.company.id
        for vals in due:
            company_id = vals.get("company_id") or default
            number = known.get(vals.get("partner_id"))
            if not number or (company_id, number) in taken:
                number = self._next_number(company_id)
            taken.add((company_id, number))
            vals["number"] = number

    @api.model
    def _next_number(self, company_id):
        company = self.env["res.company"].browse(company_id)
        return company._telecom_next_number(
            ACCOUNT_SEQUENCE, "Billing Account", "CF", 7
        )

    def _name_on_customers(self):
        """Keep the number in the customer's file, where it is searched."""
        for account in self:
            # sudo: res.partner - who makes an account may name it on its customer
            partner = account.partner_id.sudo()
            known = partner.telecom_billing_account
            if (
                known != account.number
                and known not in partner.telecom_account_ids.mapped("number")
            ):
                partner.telecom_billing_account = account.number

    def _check_nothing_to_bill(self):
        """Refuse to close accounts on which something would never be billed.

        :raises UserError: subscriptions go on, or their last days are not billed yet
        """
        Subscription = self.env["telecom.subscription"]
        for account in self.filtered(lambda one: one.state == "active" and one.active):
            going_on = Subscription.search_count(
                [
                    ("account_id", "=", account.id),
                    ("state", "in", ("draft", "active", "suspended")),
                ]
            )
            if going_on:
                raise UserError(
                    self.env._(
                        "%(account)s: %(count)s subscriptions are billed on it. End "
                        "them, or give them another account, first.",
                        account=account.display_name,
                        count=going_on,
                    )
                )
            today = account.company_id._telecom_today()
            begun, _last = proration.period_of(today, account.cycle_day)
            first, _last = proration.period_of(
                begun - timedelta(days=1), account.cycle_day
            )
            biller = self.env["telecom.biller"].with_company(account.company_id)
            if biller._charges(account, first, today).get(account.id):
                raise UserError(
                    self.env._(
                        "%s: its last days are not billed yet. Press “Bill Now” first, "
                        "or wait for the bill run.",
                        account.display_name,
                    )
                )

    # Fees

    def _telecom_invoice_fees(self, date, move_type="out_invoice"):
        """Return the lines of fixed stamps and fees of an invoice of each account.

        They appear once per invoice, however many lines are merged into it.

        :param datetime.date date: of the invoice
        :param str move_type: ``out_invoice`` or ``out_refund``
        :return: {account id: [values of account.move.line]}
        :rtype: dict
        """
        values = {
            company: self.env["telecom.invoice.fee"]._line_values(
                company, date, move_type
            )
            for company in self.company_id
        }
        return {
            account.id: [dict(vals) for vals in values[account.company_id]]
            for account in self
        }

    # Actions

    def action_view_invoices(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "account.action_move_out_invoice_type"
            ),
            "domain": [
                ("telecom_account_id", "=", self.id),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ],
            "context": {
                "default_move_type": "out_invoice",
                "default_partner_id": self.invoice_partner_id.id,
                "default_telecom_account_id": self.id,
            },
        }

    def action_close(self):
        """Take the account out of the bill runs."""
        return self.write({"state": "closed"})

    def action_reopen(self):
        return self.write({"state": "active"})

    @api.model
    def _search_of_partners(self, partners):
        """Return the active accounts on which customers are billed."""
        return self.search(
            Domain("partner_id", "in", partners.ids) & Domain("state", "=", "active"),
            order="id",
        )
