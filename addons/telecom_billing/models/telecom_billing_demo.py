from datetime import timedelta

from odoo import Command, api, fields, models

#: Per operator: the customers' external ids, and prices per technology before tax
CUSTOMERS = 12
PRICES = {
    "XOF": {
        "mobile": 8500,
        "key4g": 12000,
        "fixed": 6000,
        "adsl": 15000,
        "fibre": 25000,
    },
    "TND": {
        "mobile": 21.008,
        "key4g": 25.21,
        "fixed": 15.5,
        "adsl": 29.412,
        "fibre": 49.58,
    },
}
#: The tax of services, in the countries' charts of accounts
TAXES = {"XOF": "tva_sale_service_18", "TND": "l10n_tn_tax_vat_sale_19"}
DAY = timedelta(days=1)


class TelecomBillingDemo(models.AbstractModel):
    """Makes the demonstration's invoices with the same methods that people use.

    Called by demonstration data only; does nothing where it was done before.
    """

    _name = "telecom.billing.demo"
    _description = "Demonstration of Billing"

    @api.model
    def _load_chart(self, code, company_id):
        """Give an operator its country's chart of accounts.

        ``try_loading`` warns while modules are being loaded, for charts of modules
        that are not there yet; those of the operators' countries are dependencies.

        :param str code: of the chart
        :param int company_id: the operator
        """
        company = self.env["res.company"].browse(company_id)
        if company.chart_template == code:
            return
        self.env["account.chart.template"]._load(code, company, install_demo=False)
        term = self.env["account.payment.term"].create(
            {
                "name": "15 jours",
                "company_id": company.id,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 15}
                    )
                ],
            }
        )
        self.env["ir.default"].set(
            "res.partner", "property_payment_term_id", term.id, company_id=company.id
        )

    @api.model
    def _make_invoices(self, company_id):
        """Make invoices of the last months, in all the states that there are.

        :param int company_id: the operator
        """
        company = self.env["res.company"].browse(company_id)
        here = self.with_company(company).with_context(
            tracking_disable=True, mail_notrack=True, lang="fr_FR"
        )
        if here.env["telecom.invoice.request"].search_count(
            [("company_id", "=", company.id)], limit=1
        ):
            return
        country = "benin" if company.country_id.code == "BJ" else "tunisia"
        customers = here.env["res.partner"].concat(
            *(
                here.env.ref(f"telecom_crm.customer_{country}_{number:03}")
                for number in range(1, CUSTOMERS + 1)
            )
        )
        here._open_payments(company)
        accounts = customers._telecom_billing_accounts()
        accounts = here.env["telecom.billing.account"].concat(
            *(accounts[customer.id] for customer in customers)
        )
        # What the bill runs made, or else two months of these customers
        billed = here.env["account.move"].search(
            [
                ("company_id", "=", company.id),
                ("telecom_account_id", "!=", False),
                ("payment_state", "=", "not_paid"),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("amount_residual", ">", 0),
            ]
        )
        if billed:
            own = billed.filtered(lambda move: move.telecom_account_id in accounts)
            for date, moves in (billed - own).grouped("invoice_date").items():
                here._pay_together(moves, date + 9 * DAY)
            for date, moves in own.grouped("invoice_date").items():
                here._pay(moves, date + 9 * DAY)
        else:
            here._make_history(company, accounts)
        here._make_present(company, accounts)

    def _open_payments(self, company):
        """Open the payment provider of demonstrations, when it is installed."""
        provider = self.env["payment.provider"].search(
            [("company_id", "=", company.id), ("code", "=", "demo")], limit=1
        )
        bank = self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
        )
        if provider and bank:
            provider.write(
                {"state": "test", "is_published": True, "journal_id": bank.id}
            )

    def _prepare(self, account, lines, date, due):
        currency = account.currency_id.name
        prices = PRICES[currency]
        tax = self.env["account.chart.template"].ref(TAXES[currency])
        return {
            "move_type": "out_invoice",
            "company_id": account.company_id.id,
            "partner_id": account.invoice_partner_id.id,
            "telecom_account_id": account.id,
            "invoice_date": date,
            "invoice_date_due": due,
            "invoice_payment_term_id": False,
            "invoice_user_id": False,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": f"{line.offer or line.technology}\n"
                        f"{line.msisdn_display}, {date - 30 * DAY:%d/%m/%Y} – "
                        f"{date - DAY:%d/%m/%Y}",
                        "quantity": 1,
                        "price_unit": prices[line.technology],
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for line in lines
            ],
        }

    def _lines(self, account):
        lines = self.env["telecom.line"].search(
            [
                ("partner_id", "=", account.partner_id.id),
                ("state", "in", ("active", "suspended")),
            ]
        )
        return lines or self.env["telecom.line"].search(
            [("company_id", "=", account.company_id.id), ("state", "=", "active")],
            limit=1,
        )

    def _pay(self, moves, date, amount=None):
        for move in moves:
            wizard = (
                self.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=move.ids)
                .create(
                    {"payment_date": date, **({"amount": amount} if amount else {})}
                )
            )
            wizard._create_payments()

    def _pay_together(self, moves, date):
        """Settle many invoices by one entry of the bank, as mobile money comes in."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", moves.company_id.id), ("type", "=", "bank")], limit=1
        )
        due = moves.line_ids.filtered(
            lambda line: line.display_type == "payment_term" and line.balance > 0
        )
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": date,
                "ref": "Mobile money",
                "line_ids": [
                    *(
                        Command.create(
                            {
                                "name": line.move_id.name,
                                "account_id": line.account_id.id,
                                "partner_id": line.partner_id.id,
                                "credit": line.balance,
                            }
                        )
                        for line in due
                    ),
                    Command.create(
                        {
                            "name": "Mobile money",
                            "account_id": journal.default_account_id.id,
                            "debit": sum(due.mapped("balance")),
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.env["account.move.line"]._reconcile_plan(
            [
                line + paid
                for line, paid in zip(
                    due, entry.line_ids.filtered("credit").sorted("id"), strict=True
                )
            ]
        )

    def _make_history(self, company, accounts):
        """The two months before: paid by everybody."""
        today = fields.Date.context_today(self)
        for months in (3, 2):
            date = fields.Date.subtract(today, months=months).replace(day=5)
            moves = self.env["account.move"].create(
                [
                    self._prepare(account, self._lines(account), date, date + 15 * DAY)
                    for account in accounts
                ]
            )
            moves.action_post()
            self._pay(moves, date + 9 * DAY)

    def _make_present(self, company, accounts):
        """This month: paid, part paid, overdue, disputed, drafts, a credit note."""
        today = fields.Date.context_today(self)
        Move = self.env["account.move"]

        def post(account, age, due):
            date = today - age * DAY
            move = Move.create(
                self._prepare(account, self._lines(account), date, date + due * DAY)
            )
            move.action_post()
            return move

        # The first customer has invoices to pay: to be tried on the portal
        post(accounts[0], 10, 15)
        for account in accounts[1:3]:
            self._pay(post(account, 10, 15), today - 4 * DAY)
        part = post(accounts[3], 12, 15)
        self._pay(part, today - 3 * DAY, part.currency_id.round(part.amount_total / 2))
        # Two drafts each, to be merged
        for account in accounts[4:6]:
            lines = self._lines(account)
            # Of two lines; of one line, a month each
            for some, age in (
                (lines[:1], 0),
                (lines[1:] or lines, 0 if lines[1:] else 30),
            ):
                date = today - age * DAY
                Move.create(self._prepare(account, some, date, today + 15 * DAY))
        wrong = post(accounts[6], 10, 15)
        wrong._reverse_moves(
            [{"date": today, "invoice_date": today, "ref": "Erreur de facturation"}],
            cancel=True,
        )
        disputed = post(accounts[7], 30, 15)
        self.env["helpdesk.ticket"].create(
            {
                "name": "Montant contesté",
                "description": "<p>Des appels que je n'ai pas passés.</p>",
                "company_id": company.id,
                "partner_id": disputed.partner_id.id,
                "telecom_branch": "financial",
                "telecom_move_id": disputed.id,
            }
        )
        overdue = [
            post(accounts[8], 22, 15),
            post(accounts[9], 28, 15),
            post(accounts[10], 35, 15),
        ]
        self._make_dunnings(company, overdue)
        self.env["telecom.invoice.request"].create(
            [
                {
                    "company_id": company.id,
                    "account_id": account.id,
                    "channel": channel,
                    "kind": kind,
                    "note": note,
                    "move_ids": [Command.set(moves.ids)],
                }
                for account, channel, kind, note, moves in (
                    (
                        accounts[1],
                        "portal",
                        "copy",
                        "Pour ma comptabilité, merci.",
                        accounts[1].move_ids[:1],
                    ),
                    (
                        accounts[5],
                        "agent",
                        "merge",
                        "Le client veut une seule facture.",
                        accounts[5].move_ids.filtered(lambda m: m.state == "draft"),
                    ),
                    (
                        accounts[11],
                        "office",
                        "bill_now",
                        "Déménage à la fin de la semaine.",
                        Move,
                    ),
                )
            ]
        )

    def _make_dunnings(self, company, moves):
        """Accounts at one level each, without writing to anybody."""
        levels = self.env["telecom.dunning.level"].search(
            [("company_id", "=", company.id)], order="days"
        )
        if not levels:
            return
        today = fields.Date.context_today(self)
        for reached, move in enumerate(moves, 1):
            case = self.env["telecom.dunning"].create(
                {
                    "company_id": company.id,
                    "account_id": move.telecom_account_id.id,
                    "since": move.invoice_date_due,
                }
            )
            case._log("opened")
            for level in levels[:reached]:
                fee = (
                    case._charge_fee(level)
                    if level.fee_amount
                    else self.env["account.move"]
                )
                if level.action == "suspend":
                    case._suspend(level)
                case.write({"level_id": level.id, "level_on": today - 2 * DAY})
                case._log(level.action, level=level, move_id=fee.id)
            case._plan()
