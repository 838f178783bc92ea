from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_offer import OfferCase, points_program
from .test_bill_run import BillRunCase


@tagged("post_install", "-at_install", "telecom")
class TestLoyaltyPoints(OfferCase):
    """Bills give points; points are spent at the counter or on a bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls._points_program(cls.benin)

    def _card(self, partner=None, program=None):
        return self.env["loyalty.card"].search(
            [
                ("partner_id", "=", (partner or self.afi).id),
                ("program_id", "=", (program or self.program).id),
            ]
        )

    def _bill(self, amount=10000):
        # Afi's bill, without taxes
        move = self._invoice(self.account_afi, ("Forfait", amount))
        move.invoice_line_ids.tax_ids = False
        move.action_post()
        return move

    # Given

    def test_a_posted_bill_gives_points_once(self):
        move = self._bill(12345)
        card = self._card()
        self.assertEqual(card.points, 123.45)
        self.assertEqual(card.history_ids.issued, 123.45)
        self.assertEqual(card.history_ids.order_id, move.id)
        self.assertEqual(move._telecom_give_points(), 0)
        self.assertEqual(card.points, 123.45)

    def test_bills_as_a_set_take_a_constant_number_of_queries(self):
        moves = self.env["account.move"]
        for _number in range(6):
            moves |= self._bill()
        self._card().history_ids.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(45):
            self.assertEqual(moves._telecom_give_points(), 6)

    def test_points_are_the_customers_whoever_pays(self):
        payer = self._customer(self.benin, "Payeur", "Riche")
        self.account_afi.payer_id = payer
        self._bill()
        self.assertEqual(self._card().points, 100)
        self.assertFalse(self._card(payer))

    def test_a_credit_note_takes_points_back(self):
        move = self._bill()
        refund = move._reverse_moves([{"invoice_date": self.today}])
        refund.action_post()
        self.assertEqual(self._card().points, 0)

    def test_a_bill_that_is_no_more_gives_nothing(self):
        move = self._bill()
        move.button_draft()
        self.assertEqual(self._card().points, 0)
        move.action_post()
        self.assertEqual(self._card().points, 100)

    def test_only_programmes_on_bills_for_these_customers(self):
        self.program.telecom_on_bills = False
        self._bill()
        self.assertFalse(self._card())
        self.program.write(
            {"telecom_on_bills": True, "telecom_segment_ids": self.vip_benin.ids}
        )
        self._bill()
        self.assertFalse(self._card())
        self.afi.telecom_segment_id = self.vip_benin
        self._bill()
        self.assertEqual(self._card().points, 100)

    def test_programmes_of_other_operators_give_nothing(self):
        self._points_program(self.tunisia)
        self._bill()
        cards = self.env["loyalty.card"].search([("partner_id", "=", self.afi.id)])
        self.assertEqual(cards.program_id, self.program)

    # Spent on a bill

    def _spend(self, user=None, points=None, **values):
        card = self._card()
        Redemption = self.env["telecom.loyalty.redemption"]
        if user:
            Redemption = Redemption.with_user(user)
        vals = {
            "company_id": self.benin.id,
            "partner_id": self.afi.id,
            "account_id": self.account_afi.id,
            "card_id": card.id,
            "reward_id": self.program.reward_ids.id,
            **values,
        }
        if points is not None:
            vals["points"] = points
        return Redemption.create(vals)

    def test_points_become_a_credit_line_on_the_next_bill(self):
        self._bill(25000)
        redemption = self._spend(self.clerk_benin)
        # 250 points: rewards are given by 100
        self.assertEqual((redemption.points, redemption.amount), (200, 1000))
        self.assertEqual(self._card().points, 50)
        charges = self.account_afi._telecom_loyalty_charges()
        (line,) = charges[self.account_afi.id]
        self.assertEqual(line["amount"], -1000)
        self.assertEqual(
            line["product_id"], self.program.reward_ids.discount_line_product_id.id
        )
        # A bill never falls below zero
        self.assertFalse(
            self.account_afi._telecom_loyalty_charges({self.account_afi.id: 999})
        )
        move = self._bill()
        redemption._telecom_mark_billed(move)
        self.assertEqual((redemption.state, redemption.move_id), ("billed", move))
        self.assertFalse(self.account_afi._telecom_loyalty_charges())
        with self.assertRaises(UserError):
            redemption.with_user(self.clerk_benin).action_cancel()

    def test_nobody_says_what_points_are_worth_but_the_reward(self):
        self._bill(25000)
        redemption = self._spend(self.clerk_benin, amount=9000)
        self.assertEqual((redemption.points, redemption.amount), (200, 1000))

    def test_cancelled_points_come_back(self):
        self._bill(25000)
        redemption = self._spend(self.clerk_benin)
        redemption.action_cancel()
        self.assertEqual(self._card().points, 250)
        self.assertEqual(redemption.state, "cancelled")
        self.assertFalse(self.account_afi._telecom_loyalty_charges())

    def test_nobody_spends_what_is_not_there(self):
        self._bill(25000)
        with self.assertRaises(UserError):
            self._spend(points=300)
        self._spend()
        with self.assertRaises(UserError):
            self._spend(points=100)

    def test_points_of_one_customer_are_not_anothers(self):
        self._bill(25000)
        other = self._customer(self.benin, "Koffi", "Bio")
        with self.assertRaises(ValidationError):
            self._spend(partner_id=other.id)
        with self.assertRaises(AccessError):
            self._spend(self.clerk_tunisia)

    def test_a_redemption_is_not_changed_behind_the_cards_back(self):
        self._bill(25000)
        redemption = self._spend()
        with self.assertRaises(UserError):
            redemption.with_user(self.manager_benin).points = 1
        with self.assertRaises(UserError):
            redemption.with_user(self.manager_benin).unlink()

    # Spent at the counter

    def test_points_are_spent_at_the_counter(self):
        self._bill(25000)
        order = self._order(self.afi, self.plan, user=self.biller_benin)
        order._update_programs_and_rewards()
        rewards = order._get_claimable_rewards()
        ((card, reward),) = rewards.items()
        self.assertEqual(card, self._card())
        order._apply_program_reward(reward, card)
        line = order.order_line.filtered("reward_id")
        self.assertEqual(line.price_unit, -1000)
        order.action_confirm()
        # 200 of 250 points were spent, and the order gave 10
        self.assertEqual(self._card().points, 60)


@tagged("post_install", "-at_install", "telecom")
@freeze_time("2026-11-21 12:00:00")
class TestPointsInBillRun(BillRunCase):
    charts = ("bj",)

    def test_a_bill_run_takes_points_off_and_gives_new_ones(self):
        program = points_program(self.env, self.benin)
        rich, poor = self.accounts[:2]
        cards = self.env["loyalty.card"].create(
            [
                {"program_id": program.id, "partner_id": account.partner_id.id}
                for account in (rich, poor)
            ]
        )
        cards.points = 1000
        redemptions = self.env["telecom.loyalty.redemption"].create(
            [
                {
                    "company_id": self.benin.id,
                    "partner_id": account.partner_id.id,
                    "account_id": account.id,
                    "card_id": card.id,
                    "reward_id": program.reward_ids.id,
                    "points": points,
                }
                # 400 points are 2,000; 700 are 3,500, more than the bill of 3,000
                for account, card, points in zip(
                    (rich, poor), cards, (400, 700), strict=True
                )
            ]
        )
        run = self._done(self._run())
        self.assertEqual(run.checked_count, 6, "Compared with Odoo's own")
        move = self._of(run, rich).move_ids
        self.assertEqual(move.amount_total, 3540 - 2000)
        self.assertEqual(redemptions[0].state, "billed")
        self.assertEqual(redemptions[0].move_id, move)
        # What is more than the bill waits for the next one
        self.assertEqual(redemptions[1].state, "pending")
        self.assertEqual(self._of(run, poor).move_ids.amount_total, 3540)
        charge = self.env["telecom.charge"].search(
            [("run_id", "=", run.id), ("account_id", "=", rich.id)]
        )
        self.assertEqual(charge.amount, 3000)
        self.assertEqual(charge.move_line_id.price_unit, 3000)
        # 1 % of what the charges come to
        self.assertEqual(cards.mapped("points"), [635.4, 335.4])
        # A credit note gives back what was paid in points, too
        credit = move._reverse_moves([{}], cancel=True)
        self.assertEqual(redemptions[0].state, "returned")
        self.assertAlmostEqual(cards[0].points, 1000)
        # And spends them again when it is no more, while they are there
        cards[0].points -= 900
        with self.assertRaises(UserError), self.env.cr.savepoint():
            credit.button_draft()
        cards[0].points += 900
        credit.button_draft()
        self.assertEqual(redemptions[0].state, "billed")
        self.assertAlmostEqual(cards[0].points, 635.4)

    def _billed_points(self):
        """Bill an account that spends 400 of its 1000 points.

        :return: the bill, the redemption
        """
        program = points_program(self.env, self.benin)
        account = self.accounts[0]
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": account.partner_id.id}
        )
        card.points = 1000
        redemption = self.env["telecom.loyalty.redemption"].create(
            {
                "company_id": self.benin.id,
                "partner_id": account.partner_id.id,
                "account_id": account.id,
                "card_id": card.id,
                "reward_id": program.reward_ids.id,
                "points": 400,
            }
        )
        run = self._done(self._run())
        bill = self._of(run, account).move_ids
        return bill, redemption

    def test_merged_bills_spend_points_once(self):
        bill, redemption = self._billed_points()
        card, reward = redemption.card_id, redemption.reward_id
        before = card.points
        other = bill.copy({"invoice_date": bill.invoice_date})
        other.invoice_line_ids.filtered(
            lambda line: line.product_id == reward.discount_line_product_id
        ).unlink()
        other.action_post()
        both = card.points
        merged = (bill | other)._telecom_merge().result_id
        self.assertEqual(merged.amount_total, 3540 - 2000 + 3540)
        # Taken off the bill, or back on the card: not both
        self.assertEqual((redemption.state, redemption.move_id), ("billed", merged))
        self.assertAlmostEqual(card.points, both)
        self.assertGreater(both, before)
        back = merged._telecom_unmerge()
        self.assertEqual(redemption.state, "billed")
        self.assertEqual(redemption.move_id.amount_total, 3540 - 2000)
        self.assertIn(redemption.move_id, back)
        self.assertAlmostEqual(card.points, both)

    def test_a_corrected_bill_has_no_points_that_went_back(self):
        bill, redemption = self._billed_points()
        self.assertEqual(bill.copy().amount_total, 3540)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id})
        )
        wizard.modify_moves()
        self.assertEqual(bill.payment_state, "reversed")
        self.assertEqual(bill.reversal_move_ids.amount_total, 3540 - 2000)
        self.assertEqual(redemption.state, "returned")
        # The points are on the card: the new bill is without them
        self.assertEqual(wizard.new_move_ids.amount_total, 3540)
