from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

STATES = [
    ("pending", "On the Next Bill"),
    ("billed", "Billed"),
    ("cancelled", "Cancelled"),
    ("returned", "Given Back"),
]


class TelecomLoyaltyRedemption(models.Model):
    """Points a customer spends on a bill: a credit line on the next one.

    The points leave the card at once, and come back when it is cancelled.
    """

    _name = "telecom.loyalty.redemption"
    _description = "Points Spent on a Bill"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('partner_id', '=', partner_id), ('state', '=', 'active')]",
    )
    card_id = fields.Many2one(
        "loyalty.card",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('partner_id', '=', partner_id), ('points', '>', 0),"
        " ('program_id.telecom_on_bills', '=', True)]",
    )
    points_available = fields.Float(related="card_id.points", string="Points on Card")
    program_id = fields.Many2one(related="card_id.program_id")
    reward_id = fields.Many2one(
        "loyalty.reward",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('program_id', '=', program_id), ('reward_type', '=', 'discount'),"
        " ('discount_mode', 'in', ('per_point', 'per_order')),"
        " ('required_points', '<=', points_available)]",
    )
    points = fields.Float(
        string="Points to Spend",
        compute="_compute_points",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(
        string="Off the Bill", compute="_compute_amount", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, default="pending"
    )
    move_id = fields.Many2one(
        "account.move", string="Bill", readonly=True, index="btree_not_null"
    )
    credit_id = fields.Many2one(
        "account.move",
        string="Given Back by",
        readonly=True,
        index="btree_not_null",
        help="The credit note that took the whole bill back.",
    )

    # One index for "what is to be put on the bills of these accounts"
    _pending_idx = models.Index("(account_id) WHERE state = 'pending'")
    _positive = models.Constraint(
        "CHECK(points > 0 AND amount > 0)", "Say how many points are to be spent."
    )

    @api.depends("reward_id", "card_id")
    def _compute_points(self):
        for redemption in self:
            reward, card = redemption.reward_id, redemption.card_id
            redemption.points = (
                reward._telecom_bill_amount(card.points)[0] if reward and card else 0.0
            )

    @api.depends("reward_id", "points")
    def _compute_amount(self):
        for redemption in self:
            if redemption.reward_id:
                redemption.amount = redemption.reward_id._telecom_bill_amount(
                    redemption.points
                )[1]
            else:
                redemption.amount = 0.0

    @api.depends("points", "amount")
    def _compute_display_name(self):
        for redemption in self:
            redemption.display_name = self.env._(
                "%(points)g points: %(amount)s off the bill",
                points=redemption.points,
                amount=redemption.currency_id.format(redemption.amount),
            )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        accounts = self.env["telecom.billing.account"].search(
            [("partner_id", "=", self.partner_id.id), ("state", "=", "active")], limit=2
        )
        cards = self.env["loyalty.card"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("points", ">", 0),
                ("program_id.telecom_on_bills", "=", True),
            ],
            limit=2,
        )
        self.account_id = accounts if len(accounts) == 1 else False
        self.card_id = cards if len(cards) == 1 else False

    @api.onchange("card_id")
    def _onchange_card_id(self):
        rewards = self.card_id.program_id.reward_ids.filtered(
            lambda reward: reward._telecom_bill_amount(self.card_id.points)[0]
        )
        self.reward_id = rewards if len(rewards) == 1 else False

    @api.model_create_multi
    def create(self, vals_list):
        # What points are worth is the reward's to say
        vals_list = [
            {name: value for name, value in vals.items() if name != "amount"}
            for vals in vals_list
        ]
        redemptions = super().create(vals_list)
        redemptions._spend()
        return redemptions

    def _spend(self):
        """Take the points off the cards.

        :raises UserError: when a card has not enough of them
        """
        # sudo: loyalty.card, loyalty.history - the card is the customer's, checked
        # by the constraint and by the company of the record
        cards = self.card_id.sudo()
        cards.lock_for_update()
        cards.invalidate_recordset(["points"])
        for redemption in self:
            card = redemption.card_id.sudo()
            if redemption.points > card.points:
                raise UserError(
                    self.env._(
                        "The card has %(points)g points only.", points=card.points
                    )
                )
            card.points -= redemption.points
        self.env["loyalty.history"].sudo().create(
            [
                {
                    "card_id": redemption.card_id.id,
                    "order_model": self._name,
                    "order_id": redemption.id,
                    "description": self.env._("Spent on the next bill"),
                    "used": redemption.points,
                }
                for redemption in self
            ]
        )

    @api.constrains("card_id", "reward_id", "points", "account_id", "partner_id")
    def _check_reward(self):
        for redemption in self:
            # sudo: loyalty.card - comparing what the record names
            card = redemption.card_id.sudo()
            program = card.program_id
            if (
                card.partner_id != redemption.partner_id
                or redemption.account_id.partner_id != redemption.partner_id
                or redemption.reward_id.program_id != program
                or not program.telecom_on_bills
            ):
                raise ValidationError(
                    self.env._("The card and the account are not this customer's.")
                )

    def write(self, vals):
        if vals.keys() & {"card_id", "reward_id", "points", "account_id", "amount"}:
            raise UserError(
                self.env._("Cancel it and spend the points anew: they left the card.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if self.filtered(lambda redemption: redemption.state != "cancelled"):
            raise UserError(self.env._("Cancel it: the points go back to the card."))

    def action_cancel(self):
        """Give the points back, while they are on no bill."""
        self.check_access("create")
        pending = self.filtered(lambda redemption: redemption.state == "pending")
        if pending != self:
            raise UserError(
                self.env._("What is on a bill is given back by a credit note.")
            )
        # sudo: loyalty.*, telecom.loyalty.redemption - the state is ours to change
        for redemption in pending.sudo():
            redemption.card_id.points += redemption.points
        pending.sudo().state = "cancelled"
        self.env["loyalty.history"].sudo().create(
            [
                {
                    "card_id": redemption.card_id.id,
                    "order_model": self._name,
                    "order_id": redemption.id,
                    "description": self.env._("Not spent after all"),
                    "issued": redemption.points,
                }
                for redemption in pending
            ]
        )

    def _telecom_mark_billed(self, move):
        """Remember the bill that has the credit line.

        :param account.move move: the bill
        """
        # sudo: telecom.loyalty.redemption - bill runs only
        self.sudo().write({"state": "billed", "move_id": move.id})

    def _telecom_give_back(self, credit):
        """Put points back on the cards: their bill was taken back whole.

        What a customer paid in money is in the credit note; what he paid in points is
        not.

        :param account.move credit: the credit note
        """
        self._move_points(1, self.env._("Given back by %s", credit.name))
        self.write({"state": "returned", "credit_id": credit.id})

    def _telecom_take_again(self):
        """The credit note is no more: the points are spent after all.

        :raises UserError: when the card has not enough of them any more
        """
        for redemption in self:
            if redemption.card_id.points < redemption.points:
                raise UserError(
                    self.env._(
                        "The points that %(credit)s gave back to %(customer)s are "
                        "spent: this credit note stays.",
                        credit=redemption.credit_id.name,
                        customer=redemption.partner_id.display_name,
                    )
                )
        self._move_points(-1, self.env._("Spent after all"))
        self.write({"state": "billed", "credit_id": False})

    def _move_points(self, sign, description):
        for redemption in self:
            redemption.card_id.points += sign * redemption.points
        self.env["loyalty.history"].create(
            [
                {
                    "card_id": redemption.card_id.id,
                    "order_model": self._name,
                    "order_id": redemption.id,
                    "description": description,
                    "issued" if sign > 0 else "used": redemption.points,
                }
                for redemption in self
            ]
        )


class TelecomBillingAccount(models.Model):
    """Credit lines for points."""

    _inherit = "telecom.billing.account"

    def _telecom_loyalty_charges(self, limits=None):
        """Return the credit lines that points give on the next bills, as a set.

        A bill never falls below zero: what is more than the limit waits.

        :param dict limits: {account id: what the bill comes to without them}; without
            it, and for accounts not named, everything is returned
        :return: {account id: [{"redemption_id", "product_id", "name", "amount"}, …]};
            ``amount`` is negative and has no taxes. Accounts without points are left
            out. ``telecom.loyalty.redemption.browse(id)._telecom_mark_billed(move)``
            must follow.
        :rtype: dict
        """
        limits = limits or {}
        found = {}
        # sudo: telecom.loyalty.redemption - bill runs; of these accounts only
        pending = (
            self.env["telecom.loyalty.redemption"]
            .sudo()
            .search(
                [("account_id", "in", self.ids), ("state", "=", "pending")], order="id"
            )
        )
        for account, redemptions in pending.grouped("account_id").items():
            left = limits.get(account.id)
            for redemption in redemptions:
                if left is not None:
                    if redemption.amount > left:
                        continue
                    left -= redemption.amount
                reward = redemption.reward_id.with_context(lang=account.lang)
                found.setdefault(account.id, []).append(
                    {
                        "redemption_id": redemption.id,
                        "product_id": reward.discount_line_product_id.id,
                        "name": reward.with_context(lang=account.lang).env._(
                            "Loyalty: %(points)g points", points=redemption.points
                        ),
                        "amount": -redemption.amount,
                    }
                )
        return found
