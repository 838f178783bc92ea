import base64
import random
from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

HEADINGS = "id;numero;correspondant;debut;type;duree;octets;devise"
TARGETS = (
    "key",
    "subscriber",
    "number",
    "start",
    "kind",
    "duration",
    "volume",
    "currency",
)
#: Name, prefix, kind, price, unit, off-peak price, increments, against allowances
RATES = {
    "BJ": (
        ("Bénin", "229", "voice", 60, "minute", 30, 1, True),
        ("Togo", "228", "voice", 120, "minute", 120, 30, False),
        ("Nigeria", "234", "voice", 120, "minute", 90, 30, False),
        ("Côte d'Ivoire", "225", "voice", 150, "minute", 150, 30, False),
        ("Sénégal", "221", "voice", 150, "minute", 150, 30, False),
        ("France fixe", "33", "voice", 200, "minute", 150, 60, False),
        ("France mobile", "336", "voice", 250, "minute", 200, 60, False),
        ("France mobile", "337", "voice", 250, "minute", 200, 60, False),
        ("Autres destinations", "", "voice", 500, "minute", 500, 60, False),
        ("SMS national", "", "sms", 20, "message", 20, 1, True),
        ("SMS international", "33", "sms", 75, "message", 75, 1, False),
        ("Internet", "", "data", 10, "megabyte", 10, 100, True),
    ),
    "TN": (
        ("Tunisie", "216", "voice", 0.09, "minute", 0.045, 1, True),
        ("Algérie", "213", "voice", 0.45, "minute", 0.45, 30, False),
        ("Libye", "218", "voice", 0.6, "minute", 0.6, 30, False),
        ("Italie", "39", "voice", 0.7, "minute", 0.55, 60, False),
        ("France fixe", "33", "voice", 0.65, "minute", 0.5, 60, False),
        ("France mobile", "336", "voice", 0.8, "minute", 0.65, 60, False),
        ("France mobile", "337", "voice", 0.8, "minute", 0.65, 60, False),
        ("Autres destinations", "", "voice", 1.2, "minute", 1.2, 60, False),
        ("SMS national", "", "sms", 0.045, "message", 0.045, 1, True),
        ("SMS international", "33", "sms", 0.15, "message", 0.15, 1, False),
        ("Internet", "", "data", 0.02, "megabyte", 0.02, 100, True),
    ),
}
ABROAD = {
    "BJ": ("+33612", "+33145", "+23480", "+22890", "+22507"),
    "TN": ("+33612", "+33145", "+21355", "+39333", "+49170"),
}
#: Lines that use something, and months for which files are there
USING, MONTHS = 30, 3


class TelecomSubscription(models.Model):
    """Demonstration data: made as people would make it."""

    _inherit = "telecom.subscription"

    @api.model
    def _load_demo(self, company):
        """Give an operator's lines subscriptions, a tariff, and some months of usage.

        :param res.company company: one of the demonstration's
        """
        if self.search_count([("company_id", "=", company.id)], limit=1):
            return
        self = self.with_company(company)
        country = company.country_id.code
        tariff = self._load_demo_tariff(company, country)
        offers = self.env["product.template"].search(
            [
                ("company_id", "=", company.id),
                ("telecom_offer_kind", "not in", (False, "device", "pack")),
            ]
        )
        offers.filtered(lambda o: not o.telecom_tariff_id).telecom_tariff_id = tariff
        lines = self._load_demo_subscriptions(company, offers)
        self._load_demo_usage(company, country, lines)

    @api.model
    def _load_demo_tariff(self, company, country):
        since = fields.Date.today().replace(day=1) - relativedelta(months=24)
        digits = company.currency_id.decimal_places
        return self.env["telecom.tariff"].create(
            {
                "name": "Tarif grand public",
                "company_id": company.id,
                "rate_ids": [
                    (
                        0,
                        0,
                        {
                            "name": name,
                            "prefix": prefix,
                            "usage_kind": kind,
                            "price": price,
                            "price_unit": unit,
                            "has_off_peak": off_peak != price,
                            "price_off_peak": off_peak,
                            "first_increment": step,
                            "next_increment": step,
                            "included": included,
                            "date_from": since,
                            "rounding_digits": digits,
                        },
                    )
                    for name, prefix, kind, price, unit, off_peak, step, included in (
                        RATES[country]
                    )
                ],
                "band_ids": [
                    (0, 0, {"day": "workday", "hour_from": 0, "hour_to": 7}),
                    (0, 0, {"day": "workday", "hour_from": 21, "hour_to": 24}),
                    (0, 0, {"day": "6", "hour_from": 0, "hour_to": 24}),
                    (0, 0, {"day": "holiday", "hour_from": 0, "hour_to": 24}),
                ],
            }
        )

    @api.model
    def _load_demo_subscriptions(self, company, offers):
        today = company._telecom_today()
        products = {
            offer.name: offer.product_variant_id
            for offer in offers.with_context(lang="fr_FR").filtered("telecom_recurring")
        }
        names = {
            **products,
            **{
                offer.name: offer.product_variant_id
                for offer in offers.with_context(lang="en_US").filtered(
                    "telecom_recurring"
                )
            },
        }
        lines = self.env["telecom.line"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("active", "suspended")),
                ("offer", "in", list(names)),
            ],
            order="id",
        )
        own = self.create(
            [
                {
                    "company_id": company.id,
                    "partner_id": line.partner_id.id,
                    "line_id": line.id,
                    "product_id": names[line.offer].id,
                }
                for line in lines
            ]
        )
        for day, started in own.grouped(
            lambda s: min(
                fields.Date.to_date(s.line_id.activated_at) or today,
                today - timedelta(days=3),
            )
        ).items():
            started.with_context(tracking_disable=True)._telecom_start(day)
        options = [
            product
            for product in names.values()
            if product.telecom_offer_kind == "option"
        ]
        mobile = own.filtered(
            lambda s: s.line_id.technology == "mobile" and s.state == "active"
        )
        if options:
            extra = self.create(
                [
                    {
                        "company_id": company.id,
                        "partner_id": subscription.partner_id.id,
                        "account_id": subscription.account_id.id,
                        "line_id": subscription.line_id.id,
                        "product_id": options[number % len(options)].id,
                    }
                    for number, subscription in enumerate(mobile[::6])
                ]
            )
            extra._telecom_start(today.replace(day=1) - relativedelta(months=2))
        # One gives notice, one changes its offer with the next month
        following = today.replace(day=1) + relativedelta(months=1)
        if len(mobile) > 9:
            mobile[7]._telecom_change("terminate", following, reason="Déménagement")
            other = next(
                (
                    product
                    for product in names.values()
                    if product.telecom_technology == "mobile"
                    and product != mobile[8].product_id
                ),
                False,
            )
            if other:
                mobile[8]._telecom_change("offer", following, product_id=other.id)
        return mobile.line_id[:USING]

    @api.model
    def _load_demo_usage(self, company, country, lines):
        draw = random.Random(company.name)
        source = self.env["telecom.usage.source"].create(
            {
                "name": "MSC Cotonou" if country == "BJ" else "MSC Tunis",
                "company_id": company.id,
                "max_age": 130,
                "values_voice": "MOC, voix",
                "values_sms": "SMS",
                "values_data": "GPRS",
                "column_ids": [
                    (0, 0, {"position": at, "heading": heading, "target": target})
                    for at, (heading, target) in enumerate(
                        zip(HEADINGS.split(";"), TARGETS, strict=True), 1
                    )
                ],
            }
        )
        last = company._telecom_today() - timedelta(days=1)
        first = last.replace(day=1)
        number = 0
        for back in reversed(range(MONTHS)):
            begin = first - relativedelta(months=back)
            end = min(last, begin + relativedelta(months=1, days=-1))
            rows = [HEADINGS]
            for line in lines:
                day = begin
                while day <= end:
                    for row in self._demo_rows(draw, line, country, day):
                        number += 1
                        rows.append(f"{country}{number:07};{row}")
                    day += timedelta(days=1)
            # What goes wrong in every switch
            rows += [
                f"{country}X{back}1;0000;+33612345678;{begin} 10:00:00;MOC;60;;",
                f"{country}X{back}2;{lines[:1].msisdn};123;{begin} 25:61:00;MOC;60;;",
                f"{country}X{back}3;{lines[:1].msisdn};123;{begin} 10:00:00;FAX;60;;",
            ]
            record = self.env["telecom.usage.file"].create(
                {
                    "name": f"cdr_{begin:%Y%m}.csv",
                    "company_id": company.id,
                    "source_id": source.id,
                    "file": base64.b64encode("\n".join(rows).encode()),
                }
            )
            record._store({"state": "waiting"})
            record._process(commit=False)

    @api.model
    def _demo_rows(self, draw, line, country, day):
        """Yield what a line uses in a day, as the switch writes it."""
        currency = line.company_id.currency_id.name
        # Shares the first digits of a mobile number: valid, but nobody's
        home = line.msisdn[:7]

        def moment():
            clock = time(
                draw.choice((7, 9, 12, 13, 17, 19, 20, 22)), draw.randrange(60)
            )
            return datetime.combine(day, clock)

        length = len(line.msisdn) - len(home)
        for _call in range(draw.choice((0, 1, 1, 2, 3))):
            other = f"{home}{draw.randrange(10**length):0{length}}"
            if draw.random() < 0.06:
                other = f"{draw.choice(ABROAD[country])}{draw.randrange(10**6):06}"
            seconds = int(draw.expovariate(1 / 130)) + 3
            yield f"{line.msisdn};{other};{moment()};MOC;{seconds};;{currency}"
        if draw.random() < 0.5:
            other = f"{home}{draw.randrange(10**length):0{length}}"
            yield f"{line.msisdn};{other};{moment()};SMS;;;"
        if draw.random() < 0.8:
            volume = int(draw.expovariate(1 / 180_000_000))
            yield f"{line.msisdn};internet;{moment()};GPRS;;{volume};{currency}"
