from odoo import api, models
from odoo.fields import Domain

from odoo.addons.telecom_crm.tools import search

from .telecom_counter_sale import NotSold

#: How many customers of a name are compared
NAMESAKES = 50


class DoublesFound(NotSold):
    """A new customer may be one who is there, and whom the screen has not shown."""

    def __init__(self, partners):
        super().__init__("")
        self.partners = partners

    def answer(self, sales, boutique):
        return {
            "doubles": [
                sales._counter_customer(boutique, partner) for partner in self.partners
            ]
        }


class TelecomCounterSale(models.Model):
    """Who is there already is chosen, not made again."""

    _inherit = "telecom.counter.sale"

    @api.model
    def counter_doubles(self, boutique_id, partner):
        """Return customers who may be the one about to be written down.

        :param int boutique_id: the shop
        :param dict partner: ``first_name``, ``last_name`` and ``phone`` as typed
        :return: as :meth:`counter_customers`
        """
        boutique, self = self._counter_env(boutique_id)
        return [
            self._counter_customer(boutique, one)
            for one in self._counter_doubles(boutique, partner)
        ]

    @api.model
    def _counter_doubles(self, boutique, sent):
        """Return customers who may be the same as a new one.

        By the number, as it is looked for in customers' files; or of the same name, in
        whatever order. As in searching, a franchise finds customers of other shops by
        their whole number only.

        :rtype: res.partner
        """
        company = boutique.company_id
        # sudo: res.partner - by a whole number only, of this operator
        Partner = self.env["res.partner"].sudo()
        found = Partner.browse()
        if phone := str(sent.get("phone") or "").strip():
            new = Partner.new(
                {"company_id": company.id, "type": "contact", "phone": phone}
            )
            found = new._telecom_find_duplicates().filtered("telecom_customer")
        names = [
            str(sent.get(key) or "").strip() for key in ("first_name", "last_name")
        ]
        if not all(names):
            return found
        words = sorted(search.normalise(" ".join(names)).split())
        same = (
            self.env["res.partner"]
            .sudo(False)
            .search(
                Domain("company_id", "=", company.id)
                & Domain("telecom_customer", "=", True)
                & Domain("type", "=", "contact")
                & Domain("display_name", "ilike", " ".join(words)),
                limit=NAMESAKES,
            )
        )
        return (
            found
            | same.filtered(
                lambda partner: sorted(search.normalise(partner.name).split()) == words
            ).sudo()
        )

    def _counter_check_doubles(self, boutique, sent):
        """Stop a sale to a new customer who may be there, and was not shown.

        :param dict sent: the new customer; ``known`` has the ids of those whom the
            screen has shown, and who it is not
        :raises DoublesFound: there are others
        """
        known = {int(one) for one in sent.get("known") or []}
        doubles = self._counter_doubles(boutique, sent)
        if not known.issuperset(doubles.ids):
            raise DoublesFound(doubles)
