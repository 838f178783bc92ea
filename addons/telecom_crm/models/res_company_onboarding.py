from datetime import datetime, time, timedelta

import pytz

from odoo import Command, fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.holiday import public_holidays
from ..tools.translation import create_translated

_lt = LazyTranslate(__name__)

# By code: name, priority in queues, colour
SEGMENTS = {
    "VIP": (_lt("VIP"), 30, 1),
    "GOLD": (_lt("Gold"), 20, 3),
    "BUSINESS": (_lt("Business"), 15, 8),
    "SILVER": (_lt("Silver"), 10, 4),
    "STANDARD": (_lt("Standard"), 0, 0),
}
# Branch: the team's name, categories of an operator, categories of another company
CLAIMS = {
    "technical": (
        _lt("Technical Support"),
        [_lt("Mobile Network"), _lt("Fixed Internet"), _lt("SIM Card and PUK")],
        [_lt("Service out of Order"), _lt("Access to the Service")],
    ),
    "financial": (
        _lt("Billing and Collection"),
        [_lt("Disputed Invoice"), _lt("Top-up not Credited"), _lt("Mobile Wallet")],
        [_lt("Disputed Amount"), _lt("Payment not Received")],
    ),
    "relational": (
        _lt("Customer Relations"),
        [_lt("Welcome in a Shop"), _lt("Time to Answer"), _lt("Wrong Information")],
        [_lt("Welcome"), _lt("Time to Answer"), _lt("Wrong Information")],
    ),
}
OPENING, CLOSING = 8, 18
WORKING_DAYS = range(5)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _telecom_onboard(self, values):
        """Give a new client what it works with from the first day on.

        Other apps extend it with their own. It is one transaction with the creation of
        the company: what fails, fails as a whole.

        :param dict values: ``manager``, the first user (res.users), and what the
            wizard's ``_onboard_values`` returns: ``tz``, ``lang``…
        """
        self.ensure_one()
        self._telecom_onboard_calendar(values)
        self._telecom_onboard_segments()
        self._telecom_onboard_claims(values)
        self._telecom_onboard_accounting()

    def _telecom_onboard_calendar(self, values):
        """Working hours, and the public holidays of this year and the next."""
        calendar = self.resource_calendar_id
        calendar.write(
            {
                "name": self.env._("Working hours"),
                "tz": values["tz"],
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": self.env._("Day"),
                                "dayofweek": str(day),
                                "hour_from": OPENING,
                                "hour_to": CLOSING,
                                "day_period": "morning",
                            }
                        )
                        for day in WORKING_DAYS
                    ),
                ],
            }
        )
        zone = pytz.timezone(values["tz"])
        year = fields.Date.context_today(self).year
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": name,
                    "company_id": self.id,
                    "calendar_id": calendar.id,
                    "resource_id": False,
                    "date_from": _utc(zone, day),
                    "date_to": _utc(zone, day + timedelta(days=1))
                    - timedelta(seconds=1),
                }
                for day, name in public_holidays(
                    self.country_id.code, (year, year + 1), values["lang"]
                )
            ]
        )

    def _telecom_onboard_segments(self):
        create_translated(
            self.env["telecom.segment"],
            [
                {
                    "code": code,
                    "name": name,
                    "priority": priority,
                    "color": number,
                    "company_id": self.id,
                }
                for code, (name, priority, number) in SEGMENTS.items()
            ],
        )

    def _telecom_onboard_claims(self, values):
        """A team for each branch, led by the first manager, with its categories."""
        own = self.telecom_kind == "operator"
        manager = values["manager"]
        for branch, (team, lines, other) in CLAIMS.items():
            categories = create_translated(
                self.env["helpdesk.ticket.category"],
                [
                    {
                        "name": name,
                        "telecom_branch": branch,
                        "company_id": self.id,
                    }
                    for name in (lines if own else other)
                ],
            )
            create_translated(
                self.env["helpdesk.ticket.team"],
                [
                    {
                        "name": team,
                        "telecom_branch": branch,
                        "company_id": self.id,
                        "user_id": manager.id,
                        "user_ids": [Command.set(manager.ids)],
                        "category_ids": [Command.set(categories.ids)],
                    }
                ],
            )

    def _telecom_onboard_accounting(self):
        """Load the country's chart of accounts, when it is installed.

        Nothing is installed here: that would commit what is only half done.
        """
        if "account.chart.template" not in self.env or self.chart_template:
            return
        Template = self.env["account.chart.template"]
        code = Template._guess_chart_template(self.country_id)
        if Template._get_chart_template_mapping()[code]["installed"]:
            Template.try_loading(code, self)

    def install_l10n_modules(self):
        """Nothing is installed while a client is being onboarded."""
        if self.env.context.get("telecom_onboarding"):
            return False
        return super().install_l10n_modules()


def _utc(zone, day):
    """Return the beginning of a day somewhere, in UTC, as Odoo stores it."""
    start = zone.localize(datetime.combine(day, time.min))
    return start.astimezone(pytz.utc).replace(tzinfo=None)
