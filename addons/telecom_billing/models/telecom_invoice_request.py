from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

REQUEST_SEQUENCE = "telecom.invoice.request"
KINDS = [
    ("bill_now", "An invoice now"),
    ("copy", "A copy of an invoice"),
    ("detail", "The detail of consumption"),
    ("merge", "One invoice in place of several"),
    ("correction", "A correction"),
]


class TelecomInvoiceRequest(models.Model):
    """A customer asks for an invoice: on the portal, by telephone or at the counter."""

    _name = "telecom.invoice.request"
    _description = "Invoice Request"
    _inherit = ["mail.thread", "mail.activity.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    name = fields.Char(string="Number", required=True, default="/", copy=False)
    state = fields.Selection(
        [
            ("submitted", "Submitted"),
            ("review", "In Review"),
            ("done", "Done"),
            ("refused", "Refused"),
        ],
        string="Status",
        required=True,
        default="submitted",
        tracking=True,
        copy=False,
    )
    channel = fields.Selection(
        [("portal", "Portal"), ("agent", "Agent"), ("office", "Back Office")],
        required=True,
        default=lambda self: self._default_channel(),
        readonly=True,
    )
    kind = fields.Selection(
        KINDS, string="Asked for", required=True, default="bill_now", tracking=True
    )
    account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="account_id.partner_id", store=True, index=True, string="Customer"
    )
    move_ids = fields.Many2many(
        "account.move",
        "telecom_invoice_request_move_rel",
        string="About",
        check_company=True,
        help="The invoices that the customer means.",
    )
    result_ids = fields.Many2many(
        "account.move",
        "telecom_invoice_request_result_rel",
        string="Invoices Made",
        check_company=True,
        readonly=True,
        copy=False,
    )
    note = fields.Text(string="What the Customer Wrote")
    reason = fields.Text(string="Reason of the Refusal", tracking=True)
    user_id = fields.Many2one(
        "res.users", string="Handled by", tracking=True, copy=False
    )
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)

    _name_unique = models.UniqueIndex(
        "(company_id, name)", "This operator has a request of that number."
    )

    @api.model
    def _default_channel(self):
        """Agents of the contact centre are no billing clerks."""
        if self.env.user.has_group("telecom_billing.group_telecom_billing"):
            return "office"
        return "agent"

    @api.model
    def default_get(self, fields_list):
        """A request made from a customer's file is about the account he has.

        ``telecom_partner_id`` in the context is the customer.
        """
        values = super().default_get(fields_list)
        partner_id = self.env.context.get("telecom_partner_id")
        if partner_id and not values.get("account_id"):
            account = self.env["telecom.billing.account"]._search_of_partners(
                self.env["res.partner"].browse(partner_id)
            )[:1]
            if account:
                values.update(account_id=account.id, company_id=account.company_id.id)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") in ("/", False):
                vals["name"] = self._next_number(
                    vals.get("company_id") or self.env.company.id
                )
        return super().create(vals_list)

    @api.model
    def _next_number(self, company_id):
        company = self.env["res.company"].browse(company_id)
        return company._telecom_next_number(
            REQUEST_SEQUENCE, "Invoice Request", "DF", 6
        )

    # Buttons

    def _check_open(self):
        for request in self:
            if request.state not in ("submitted", "review"):
                raise UserError(
                    self.env._("The request %s is closed already.", request.name)
                )

    def action_review(self):
        """Take the request."""
        self.check_access("write")
        self._check_open()
        return self.write({"state": "review", "user_id": self.env.uid})

    def action_carry_out(self):
        """Do what was asked for, and close the request."""
        self.ensure_one()
        # Before anything is sent, which nobody takes back
        self.check_access("write")
        self._check_open()
        if self.kind == "bill_now":
            self.result_ids = [Command.set(self.account_id._telecom_bill_now().ids)]
        elif self.kind in ("copy", "detail"):
            if not self.move_ids:
                raise UserError(self.env._("Say which invoices are meant."))
            self._send_copies()
        elif self.kind == "merge":
            record = self.move_ids._telecom_merge()
            self.result_ids = [Command.set(record.result_id.ids)]
        return self.action_done()

    def action_done(self):
        """Close the request as done."""
        self.check_access("write")
        self._check_open()
        self.write(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "user_id": self.user_id[:1].id or self.env.uid,
            }
        )
        self._tell_customer(
            lambda told: told.env._(
                "Your request %s is done; you find your invoices online.", told.name
            )
        )
        return True

    def action_refuse(self):
        """Close the request, with a reason that the customer reads."""
        self.check_access("write")
        self._check_open()
        for request in self:
            if not (request.reason or "").strip():
                raise UserError(
                    self.env._("Write the reason first: the customer reads it.")
                )
        self.write({"state": "refused", "done_at": fields.Datetime.now()})
        self._tell_customer(
            lambda told: (
                Markup("<p>%s</p>%s")
                % (
                    told.env._("Your request %s was refused:", told.name),
                    plaintext2html(told.reason),
                )
            )
        )
        return True

    def _send_copies(self):
        for move in self.move_ids.filtered(lambda move: move.state == "posted"):
            self.env["account.move.send"].with_company(move.company_id).with_context(
                telecom_send_detail=self.kind == "detail"
            )._generate_and_send_invoices(move, sending_methods=["email"])

    def _tell_customer(self, say):
        """Write to who gets the invoices.

        :param say: returns the text, of a request in the language of who reads it
        """
        for request in self:
            reader = request.account_id.invoice_partner_id
            told = request.with_context(lang=reader.lang) if reader.lang else request
            request.message_post(
                body=say(told),
                partner_ids=reader.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )


class TelecomBillingAccount(models.Model):
    _inherit = "telecom.billing.account"

    def _telecom_bill_now(self, date=None):
        """Bill accounts between cycles: what is due by a date and not yet charged.

        :param datetime.date date: until this day; the operator's present one
        :return: the invoices
        :rtype: account.move
        :raises UserError: there is nothing to bill
        """
        moves = self.env["account.move"]
        for company, accounts in self.grouped("company_id").items():
            for cycle_day, own in accounts.grouped("cycle_day").items():
                last = date or company._telecom_local_today()
                first = last.replace(day=cycle_day)
                if first > last:
                    first = fields.Date.subtract(first, months=1)
                moves |= self.env["telecom.bill.run"]._bill_accounts(own, first, last)
        if not moves:
            raise UserError(
                self.env._("There is nothing to bill that was not billed before.")
            )
        return moves

    def action_view_telecom_requests(self):
        """Show what the customer asked for about his invoices."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_invoice_request"
            ),
            "domain": [("account_id", "=", self.id)],
            "context": {
                "default_account_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

    def action_bill_now(self):
        """Bill the account now, and show the invoices."""
        self.check_access("write")
        moves = self._telecom_bill_now()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        if len(moves) == 1:
            # Nobody wants a list of one
            return {**action, "views": [(False, "form")], "res_id": moves.id}
        return {**action, "domain": [("id", "in", moves.ids)]}
