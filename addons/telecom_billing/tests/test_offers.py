from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged, users
from odoo.tools import formatLang

from .common_offer import OfferCase


@tagged("post_install", "-at_install", "telecom")
class TestOffers(OfferCase):
    charts = ()

    # Prices

    def test_an_order_takes_the_dated_prices_of_its_day(self):
        self._price(self.plan, "recurring", 6000, self.today + timedelta(days=10))
        self._price(self.plan, "one_time", 2000, self.today + timedelta(days=10))
        order = self._order(self.afi, self.plan)
        line = order.order_line
        self.assertEqual((line.price_unit, line.telecom_recurring_price), (1000, 5000))
        self.assertEqual(order.telecom_recurring_total, 5000)
        order.date_order = order.date_order + timedelta(days=11)
        line.product_uom_qty = 2
        self.assertEqual((line.price_unit, line.telecom_recurring_price), (2000, 6000))
        self.assertEqual(order.telecom_recurring_total, 12000)

    def test_an_offer_with_a_monthly_price_only_costs_nothing_once(self):
        order = self._order(self.afi, self.plan, self.option)
        option = order.order_line.filtered(lambda line: line.product_id == self.option)
        self.assertEqual(option.price_unit, 0)
        self.assertEqual(order.telecom_recurring_total, 6000)

    def test_products_without_dated_prices_cost_what_core_says(self):
        device = self._offer(self.benin, "Téléphone", "device")
        product = self.env["product.product"].create(
            {"name": "Étui", "list_price": 5, "company_id": self.benin.id}
        )
        order = self._order(self.afi, device, product)
        self.assertEqual(order.order_line.mapped("price_unit"), [777, 5])
        self.assertEqual(order.telecom_recurring_total, 0)

    def test_prices_of_many_products_take_a_constant_number_of_queries(self):
        offers = self.plan | self.option
        for number in range(8):
            offers |= self._offer(self.benin, f"Offre {number}", "postpaid", monthly=9)
        offers = offers.with_company(self.benin)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            found = offers._telecom_prices("recurring", self.today)
        self.assertEqual(len(found), 10)
        self.assertEqual(found[self.plan.id], 5000)
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            reasons = offers._telecom_ineligibility(self.afi)
        self.assertEqual(len(reasons), 10)

    def test_price_changes_of_a_period(self):
        start = self.today
        self._price(self.plan, "recurring", 6000, start + timedelta(days=10))
        self._price(
            self.plan, "recurring", 9000, start + timedelta(days=12), state="draft"
        )
        found = self.plan.with_company(self.benin)._telecom_price_changes(
            "recurring", start, start + timedelta(days=30)
        )
        self.assertEqual(
            found[self.plan.id], [(start, 5000), (start + timedelta(days=10), 6000)]
        )

    def test_prices_are_those_of_the_present_company(self):
        self.assertFalse(
            self.plan.with_company(self.tunisia)._telecom_prices(
                "recurring", self.today
            )
        )

    def test_early_termination(self):
        plan = self.plan.with_company(self.benin)
        plan.telecom_engagement_months = 12
        plan.telecom_termination_fee = 30000
        begun = self.today - relativedelta(months=3)
        self.assertEqual(plan._telecom_termination_fee(begun, self.today), 30000)
        plan.telecom_termination_kind = "remaining"
        plan.telecom_termination_percent = 50
        self.assertEqual(plan._telecom_termination_fee(begun, self.today), 22500)
        begun = self.today - relativedelta(months=12)
        self.assertEqual(plan._telecom_termination_fee(begun, self.today), 0)

    # Allowances

    def test_allowances_are_stored_in_units_of_usage(self):
        Allowance = self.env["telecom.offer.allowance"]
        for unit, amount, kind, quantity in (
            ("minute", 300, "voice", 18000),
            ("sms", 500, "sms", 500),
            ("gb", 1.5, "data", 1_500_000),
        ):
            allowance = Allowance.create(
                {
                    "company_id": self.benin.id,
                    "product_tmpl_id": self.plan.product_tmpl_id.id,
                    "unit": unit,
                    "amount": amount,
                }
            )
            self.assertEqual(
                (allowance.usage_kind, allowance.quantity), (kind, quantity)
            )
        allowance.unlimited = True
        self.assertGreater(allowance.quantity, 10**12)

    # Eligibility

    def test_what_does_not_suit_is_refused_with_its_reason(self):
        self.plan.telecom_segment_ids = self.vip_benin
        with self.assertRaisesRegex(ValidationError, "VIP"):
            self._order(self.afi, self.plan)
        self.afi.telecom_segment_id = self.vip_benin
        order = self._order(self.afi, self.plan)
        # Another customer does not get it by the back door
        other = self._customer(self.benin, "Koffi", "Bio")
        with self.assertRaisesRegex(ValidationError, "VIP"):
            order.partner_id = other

    def test_an_option_needs_a_line_or_an_offer_that_gives_one(self):
        reason = self.option._telecom_ineligibility(self.afi)[self.option.id]
        self.assertIn("Mobile", reason)
        with self.assertRaises(ValidationError):
            self._order(self.afi, self.option)
        self._order(self.afi, self.plan, self.option)
        line = self._line(self.afi, "+2290197123456")
        self.assertFalse(self.option._telecom_ineligibility(self.afi)[self.option.id])
        fibre = self._line(self.afi, "+2290121234567", technology="fibre")
        for of_line, suits in ((line, True), (fibre, False)):
            reason = self.option._telecom_ineligibility(self.afi, line=of_line)
            self.assertEqual(not reason[self.option.id], suits)

    def test_a_zone_is_made_of_towns(self):
        zone = self.env["telecom.offer.zone"].create(
            {
                "name": "Littoral",
                "company_id": self.benin.id,
                "towns": "Cotonou\nAbomey-Calavi\n",
            }
        )
        self.plan.telecom_zone_ids = zone
        for town, suits in (
            ("cotonou", True),
            ("Abomey Calavi", True),
            ("Parakou", False),
            (False, False),
        ):
            self.afi.city = town
            with self.subTest(town):
                reason = self.plan._telecom_ineligibility(self.afi)[self.plan.id]
                self.assertEqual(not reason, suits)

    def test_a_quotation_that_holds_keeps_its_offers(self):
        self.plan.telecom_valid_to = self.today
        order = self._order(self.afi, self.plan)
        late = self._order(self.afi, self.plan)
        order.validity_date = self.today + timedelta(days=30)
        self.plan.telecom_valid_to = self.today - timedelta(days=1)
        order.date_order = order.date_order - timedelta(days=1)
        late.validity_date = self.today - timedelta(days=1)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        with self.assertRaises(ValidationError):
            late.action_confirm()

    def test_periods_of_the_year(self):
        Period = self.env["telecom.offer.period"]
        now = Period.create(
            {
                "name": "Maintenant",
                "company_id": self.benin.id,
                "yearly": False,
                "date_ids": [
                    Command.create(
                        {
                            "date_from": self.today,
                            "date_to": self.today + timedelta(days=1),
                        }
                    )
                ],
            }
        )
        past = self.today - relativedelta(months=2)
        gone = Period.create(
            {
                "name": "Passé",
                "company_id": self.benin.id,
                "month_from": str(past.month),
                "day_from": 1,
                "month_to": str(past.month),
                "day_to": 28,
            }
        )
        self.assertEqual((now.current, gone.current), (True, False))
        self.assertGreater(gone.next_from, self.today)
        self.assertEqual(
            Period.search([("current", "=", True), ("company_id", "=", self.benin.id)]),
            now,
        )
        self.plan.telecom_period_ids = gone
        self.assertIn("Passé", self.plan._telecom_ineligibility(self.afi)[self.plan.id])
        self.plan.telecom_period_ids = gone | now
        self.assertFalse(self.plan._telecom_ineligibility(self.afi)[self.plan.id])

    @users("t.biller.benin")
    def test_the_list_of_products_offers_what_suits(self):
        self.plan.sudo().telecom_segment_ids = self.vip_benin
        Template = self.env["product.template"].with_context(
            telecom_partner_id=self.afi.id, allowed_company_ids=self.benin.ids
        )
        domain = [("telecom_proposable", "=", True), ("sale_ok", "=", True)]
        names = {name for _id, name in Template.name_search("", domain, limit=None)}
        self.assertFalse({"Forfait", "Option", "Yalla"} & names)
        self.afi.sudo().telecom_segment_id = self.vip_benin
        names = {name for _id, name in Template.name_search("", domain, limit=None)}
        self.assertIn("Forfait", names)
        order = self._order(self.afi, self.plan, user=self.biller_benin)
        found = Template.with_context(telecom_order_id=order.id).search(domain)
        self.assertIn(self.option.product_tmpl_id, found)
        catalogue = self.env["product.product"].search(
            order._get_product_catalog_domain()
        )
        self.assertIn(self.option, catalogue)

    @users("t.biller.benin")
    def test_proposing_from_the_customer_to_the_quotation(self):
        partner = self.afi.with_user(self.env.user)
        self.assertEqual(partner.telecom_offer_count, 1)
        action = partner.action_telecom_propose()
        Product = self.env[action["res_model"]].with_context(**action["context"])
        found = Product.search(action["domain"])
        self.assertEqual(found, self.plan | self.option)
        reasons = {product: product.telecom_refusal for product in found}
        self.assertFalse(reasons[self.plan])
        self.assertTrue(reasons[self.option])
        plan = Product.browse(self.plan.id)
        action = plan.action_telecom_propose()
        order = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(order.order_line.product_id, self.plan)
        self.assertEqual(order.partner_id, self.afi)
        # On the quotation, the option suits; taken twice, there are two
        action = order.action_telecom_propose()
        Product = self.env[action["res_model"]].with_context(**action["context"])
        option = Product.browse(self.option.id)
        self.assertFalse(option.telecom_refusal)
        option.action_telecom_propose()
        option.action_telecom_propose()
        option.invalidate_recordset()
        self.assertEqual(option.telecom_ordered, 2)

    # Packs

    def _confirm(self, order):
        order.action_confirm()
        return self.env["telecom.subscription"].search(
            [("order_line_id", "in", order.order_line.ids)]
        )

    def _pack(self):
        fibre = self._offer(self.benin, "Fibre", "fibre", monthly=25000, once=30000)
        adsl = self._offer(self.benin, "ADSL", "adsl", monthly=15000)
        combos = self.env["product.combo"].create(
            [
                {
                    "name": name,
                    "company_id": self.benin.id,
                    "combo_item_ids": [
                        Command.create({"product_id": product.id})
                        for product in products
                    ],
                }
                for name, products in (
                    ("Internet", fibre | adsl),
                    ("Mobile", self.plan),
                )
            ]
        )
        pack = self._offer(
            self.benin,
            "Pack",
            "pack",
            type="combo",
            combo_ids=[Command.set(combos.ids)],
            telecom_pack_percent=20,
            telecom_pack_months=6,
        )
        return pack, fibre, adsl

    def test_a_pack_reduces_monthly_prices_for_its_duration(self):
        pack, fibre, adsl = self._pack()
        fibre.telecom_customer_type = "organisation"
        order = self._order(self.afi)
        order._telecom_add_offer(pack)
        items = order.order_line.filtered("combo_item_id")
        # The first item of each choice that suits the customer
        self.assertEqual(items.product_id, adsl | self.plan)
        self.assertEqual(sum(items.mapped("price_unit")), 777)
        self.assertEqual(order.telecom_recurring_total, 20000)
        # The quotation says what is paid at the beginning, and what after that
        (label, first), (_then, after) = order._telecom_monthly_steps()
        self.assertIn("6", label)
        self.assertEqual([first, after], self._amounts(order, 16000, 20000))
        totals = order._telecom_document().totals
        printed = order._telecom_in_customer_language()._telecom_monthly_steps()
        self.assertEqual([(one.label, one.amount) for one in totals[-2:]], printed)
        subscriptions = self._confirm(order)
        self.assertEqual(subscriptions.product_id, adsl | self.plan)
        for discount in subscriptions.discount_ids:
            self.assertEqual((discount.percent, discount.months), (20, 6))
            self.assertEqual(discount.reason, "Pack")
        self.assertEqual(len(subscriptions.discount_ids), 2)

    def _amounts(self, order, *amounts):
        return [
            formatLang(self.env, amount, currency_obj=order.currency_id)
            for amount in amounts
        ]

    # Promotions

    def test_promotions_of_different_lengths_are_told_by_steps(self):
        """What the quotation promises is what the bills will say."""
        self._promotion(self.plan, percent=50, months=3)
        self._promotion(self.option, percent=100, months=12)
        order = self._order(self.afi, self.plan, self.option)
        order._telecom_apply_promotions()
        self.assertEqual(len(order.order_line.filtered("reward_id")), 2)
        steps = order._telecom_monthly_steps()
        # 5 000 for the plan, 1 000 for the option
        self.assertEqual(
            [amount for _label, amount in steps],
            self._amounts(order, 2500, 5000, 6000),
        )
        self.assertIn("3", steps[0][0])
        self.assertIn("9", steps[1][0])
        labels = [one.label for one in order._telecom_document().totals]
        self.assertEqual(len(set(labels[-3:])), 3)

    def test_a_promotion_goes_on_every_month(self):
        self._promotion(self.plan)
        order = self._order(self.afi, self.plan, self.option)
        order._telecom_apply_promotions()
        reward = order.order_line.filtered("reward_id")
        self.assertEqual(len(reward), 1)
        self.assertEqual(reward.price_unit, 0)
        self.assertIn("Forfait", reward.name)
        # Printed over the whole width, without a price of 0
        rows = order._telecom_document().tables[0].rows
        self.assertIn((reward.name, "note"), [(row.cells[0], row.kind) for row in rows])
        self.assertEqual(order.amount_untaxed, 1000)
        # Half of the plan, the option whole
        monthly = {
            line.product_id: line.telecom_recurring_subtotal
            for line in order.order_line
        }
        (label, first), (_then, after) = order._telecom_monthly_steps()
        self.assertIn("3", label)
        self.assertEqual(
            [first, after],
            self._amounts(
                order,
                monthly[self.plan] / 2 + monthly[self.option],
                sum(monthly.values()),
            ),
        )
        # The seller reads the same below the total
        self.assertIn(first, order.telecom_monthly_steps)
        subscriptions = self._confirm(order)
        plan = subscriptions.filtered(lambda s: s.product_id == self.plan)
        self.assertEqual((subscriptions - plan).discount_ids.ids, [])
        discount = plan.discount_ids
        self.assertEqual((discount.percent, discount.months), (50, 3))
        self.assertEqual(discount.reward_id, reward.reward_id)
        # Its months begin with the subscription
        self.assertFalse(discount.date_from)
        plan.date_start = "2026-01-31"
        self.assertEqual(str(discount.date_from), "2026-01-31")
        self.assertEqual(str(discount.date_to), "2026-04-29")
        found = discount._telecom_discounts(
            plan, discount.date_from, discount.date_from
        )
        self.assertEqual(found, {plan.id: [(discount.date_from, discount.date_to, 50)]})
        after = discount.date_to + timedelta(days=1)
        self.assertFalse(discount._telecom_discounts(plan, after, after))

    def test_promotions_of_a_period_and_of_a_segment(self):
        period = self.env["telecom.offer.period"].create(
            {
                "name": "Rentrée",
                "company_id": self.benin.id,
                "yearly": False,
                "date_ids": [
                    Command.create({"date_from": "2020-01-01", "date_to": "2020-01-31"})
                ],
            }
        )
        program = self._promotion(self.plan, telecom_period_ids=period.ids)

        def rewards():
            order = self._order(self.afi, self.plan)
            order._telecom_apply_promotions()
            return order.order_line.reward_id

        plan = self.plan.with_context(telecom_partner_id=self.afi.id)
        self.assertFalse(rewards())
        self.assertFalse(plan.telecom_promotion)
        period.date_ids.date_to = self.today
        self.assertTrue(rewards())
        plan.invalidate_recordset(["telecom_promotion"])
        self.assertEqual(plan.telecom_promotion, "50% off monthly prices for 3 months")
        program.telecom_segment_ids = self.vip_benin
        self.assertFalse(rewards())
        self.afi.telecom_segment_id = self.vip_benin
        self.assertTrue(rewards())

    def test_a_monthly_promotion_leaves_with_its_offer(self):
        self._promotion(self.plan)
        order = self._order(self.afi, self.plan)
        order._telecom_apply_promotions()
        self.assertTrue(order.order_line.reward_id)
        order.order_line.filtered(lambda line: line.product_id == self.plan).unlink()
        order._update_programs_and_rewards()
        self.assertFalse(order.order_line.reward_id)

    def test_a_share_of_monthly_prices_is_a_percentage(self):
        program = self._promotion(self.plan)
        with self.assertRaises(ValidationError):
            program.reward_ids.discount_mode = "per_order"
        with self.assertRaises(ValidationError):
            program.reward_ids.discount = 101
        self.assertEqual(
            program.reward_ids.description, "50% off monthly prices for 3 months"
        )

    # Roles and operators

    @users("t.manager.benin")
    def test_a_manager_makes_an_offer(self):
        with Form(
            self.env["product.template"].with_context(default_type="service"),
            view="telecom_billing.view_telecom_offer_form",
        ) as form:
            form.name = "Clé"
            form.telecom_offer_kind = "key_4g"
            self.assertEqual(form.telecom_technology, "key4g")
            with form.telecom_price_ids.new() as price:
                price.kind = "recurring"
                price.amount = 10000
        offer = form.record
        self.assertEqual(offer.company_id, self.benin)
        self.assertTrue(offer.telecom_recurring)
        self.assertEqual(offer.telecom_price_monthly, 10000)
        self.assertEqual(offer.telecom_price_ids.state, "confirmed")

    @users("t.biller.benin", "t.clerk.benin", "t.seller.benin")
    def test_others_read_offers_and_change_nothing(self):
        plan = self.plan.with_user(self.env.user)
        self.assertEqual(plan.telecom_price_monthly, 5000)
        for change in (
            lambda: plan.write({"name": "x"}),
            lambda: plan.telecom_price_ids.write({"amount": 1}),
            lambda: self._price(plan, "recurring", 1, self.today, user=self.env.user),
            lambda: self.env["telecom.offer.zone"].create({"name": "x"}),
            lambda: self.env["loyalty.program"].create({"name": "x"}),
        ):
            with self.assertRaises(AccessError):
                change()

    @users("t.manager.tunisia")
    def test_offers_of_another_operator_do_not_exist(self):
        program = self._promotion(self.plan)
        price = self.plan.telecom_price_ids[:1]
        combo = (
            self.env["product.combo"]
            .sudo()
            .create(
                {
                    "name": "Choix",
                    "company_id": self.benin.id,
                    "combo_item_ids": [Command.create({"product_id": self.plan.id})],
                }
            )
        )
        pricelist = (
            self.env["product.pricelist"]
            .sudo()
            .create({"name": "Tarif", "company_id": self.benin.id})
        )
        card = (
            self.env["loyalty.card"]
            .sudo()
            .create({"program_id": program.id, "partner_id": self.afi.id, "points": 10})
        )
        for record in (
            self.plan,
            self.plan.product_tmpl_id,
            price,
            program,
            program.rule_ids,
            program.reward_ids,
            card,
            combo,
            combo.combo_item_ids,
            pricelist,
        ):
            with self.subTest(record._name):
                own = record.with_user(self.env.user)
                self.assertFalse(own.search([("id", "in", own.ids)]))
                with self.assertRaises(AccessError):
                    own.read(["display_name"])

    @users("t.manager.benin")
    def test_what_managers_make_belongs_to_their_operator(self):
        for model, values in (
            ("product.template", {"name": "Produit"}),
            ("product.pricelist", {"name": "Tarif"}),
            (
                "product.combo",
                {
                    "name": "Choix",
                    "combo_item_ids": [Command.create({"product_id": self.plan.id})],
                },
            ),
        ):
            with self.subTest(model):
                record = self.env[model].create(values)
                self.assertEqual(record.company_id, self.benin)
                for company in (self.env["res.company"], self.tunisia):
                    with self.assertRaises(UserError):
                        record.write({"company_id": company.id})
                        self.env.flush_all()
                with self.assertRaises(AccessError):
                    self.env[model].create({**values, "company_id": False})
        program = self._promotion(self.plan).with_user(self.env.user)
        product = program.reward_ids.discount_line_product_id
        self.assertEqual(product.company_id, self.benin)
        with self.assertRaises(AccessError):
            program.company_id = self.tunisia

    def test_the_module_closes_the_catalogue(self):
        menu = self.env.ref("telecom_billing.menu_offers")
        Menu = self.env["ir.ui.menu"].with_user(self.manager_benin)
        self.assertIn(menu.id, Menu.load_menus(False))
        self.benin._telecom_set_module("offers", "readonly")
        with self.assertRaises(AccessError):
            self._price(self.plan, "recurring", 1, self.today, user=self.manager_benin)
        self.plan.telecom_price_ids.with_user(self.manager_benin).read(["amount"])
        self.benin._telecom_set_module("offers", "off")
        self.assertNotIn(menu.id, Menu.load_menus(False))
        self.assertFalse(self.afi.telecom_offers_open)
        # Bills and subscriptions go on reading what was agreed
        self.plan.telecom_price_ids.with_user(self.biller_benin).read(["amount"])
