from odoo import _, fields, http
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.http import request
from odoo.tools.misc import formatLang

from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.addons.sale.controllers import portal

#: A customer may ask for so many of one offer on the portal
MOST_OF_ONE = 9_999
#: Slots offered on the page: the next ones
SHOWN_SLOTS = 60


class PortalQuotes(portal.CustomerPortal):
    """Quote requests, and quotations that are answered as the customer saw them."""

    # ------------------------------------------------------------
    # Quotations
    # ------------------------------------------------------------

    @http.route()
    def portal_order_page(self, order_id, report_type=None, access_token=None, **kw):
        order = self._telecom_order(order_id, access_token)
        if order:
            if report_type in ("html", "text"):
                # One document, whoever asks for it in whichever form
                report_type = "pdf"
            if order.state == "draft" or (
                order.state == "sent" and not order._telecom_matches()
            ):
                return request.render(
                    "telecom_billing.portal_quote_in_revision",
                    {
                        **self._prepare_portal_layout_values(),
                        "order": order,
                        "page_name": "telecom_quote_revision",
                        "res_company": order.company_id,
                    },
                )
        return super().portal_order_page(
            order_id, report_type=report_type, access_token=access_token, **kw
        )

    def _telecom_order(self, order_id, access_token):
        """Return an operator's order the visitor may see, or None."""
        try:
            order = self._document_check_access(
                "sale.order", order_id, access_token=access_token
            )
        except (AccessError, MissingError):
            # Core says what it says to everybody
            return None
        return order if order.telecom_is_quote else None

    def _telecom_seen_revision(self, revision):
        """Return the number of the revision a page showed, or 0: none."""
        text = revision or request.httprequest.args.get("revision") or ""
        text = str(text)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    @http.route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None, revision=None
    ):
        token = access_token or request.httprequest.args.get("access_token")
        order = self._telecom_order(order_id, token)
        if order:
            if not order._telecom_answerable(self._telecom_seen_revision(revision)):
                return {"error": self._telecom_outdated()}
            name = (name or "").strip()[:100]
            if not name:
                return {"error": _("Write your name.")}
        return super().portal_quote_accept(
            order_id, access_token=access_token, name=name, signature=signature
        )

    @http.route()
    def portal_quote_decline(
        self, order_id, access_token=None, decline_message=None, revision=None, **kwargs
    ):
        order = self._telecom_order(order_id, access_token)
        if order:
            if not order._telecom_answerable(self._telecom_seen_revision(revision)):
                return request.redirect(
                    order.get_portal_url(query_string="&message=cant_reject")
                )
        response = super().portal_quote_decline(
            order_id,
            access_token=access_token,
            decline_message=decline_message,
            **kwargs,
        )
        if order and order.state == "cancel":
            user = request.env.user
            order._telecom_refuse(
                decline_message,
                order.partner_id.name if user._is_public() else user.name,
            )
        return response

    def _telecom_outdated(self):
        return _(
            "This quotation was replaced, answered or has expired. Reload the page."
        )

    def _get_page_view_values(
        self, document, access_token, values, session_history, no_breadcrumbs, **kwargs
    ):
        """Show what is different from the revision the customer had before."""
        if document._name == "sale.order" and document.telecom_is_quote:
            # sudo: telecom.quote.revision - of the order the visitor may see
            revision = document.sudo().telecom_revision_id
            changes = ""
            if revision.state == "sent" and document.state == "sent":
                changes = revision._telecom_change_html(revision._telecom_former(True))
            values = {
                **values,
                "telecom_changes": changes,
                "telecom_revision": revision.number or 0,
            }
        return super()._get_page_view_values(
            document, access_token, values, session_history, no_breadcrumbs, **kwargs
        )

    # ------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "telecom_request_count" in counters:
            values["telecom_request_count"] = (
                request.env["telecom.quote.request"].search_count(
                    self._request_domain()
                )
                if self._telecom_billing_open()
                else 0
            )
        return values

    @http.route(
        ["/my/quote-requests", "/my/quote-requests/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def portal_quote_requests(self, page=1, **_params):
        self._telecom_billing_check()
        Request = request.env["telecom.quote.request"]
        domain = self._request_domain()
        pager = portal_pager(
            url="/my/quote-requests",
            total=Request.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        return request.render(
            "telecom_billing.portal_quote_requests",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "telecom_quote_requests",
                "pager": pager,
                "requests": Request.search(
                    domain, limit=self._items_per_page, offset=pager["offset"]
                ),
            },
        )

    @http.route(
        "/my/quote-requests/new", type="http", auth="user", website=True, sitemap=False
    )
    def portal_quote_request_new(self, **post):
        self._telecom_billing_check("create")
        partner = request.env.user.partner_id
        # sudo: telecom.quote.request - customers write none themselves: what they ask
        # for is checked below, for the operator of their account
        Request = request.env["telecom.quote.request"].sudo()
        company = request.env.user.company_id
        offers = Request._telecom_offers(partner, company)
        error = ""
        if request.httprequest.method == "POST":
            try:
                with request.env.cr.savepoint():
                    made = Request._telecom_submit(
                        partner.sudo(),
                        company.sudo(),
                        {
                            "description": post.get("description"),
                            "wanted_date": self._date(post.get("wanted_date")),
                        },
                        self._quantities(offers, post),
                        Request._telecom_parse_slot(post.get("slot")),
                    )
                return request.redirect(f"{made.access_url}?sent=1")
            except (UserError, ValidationError, AccessError) as refused:
                error = str(refused)
        slots = Request._telecom_slots(company)[:SHOWN_SLOTS]
        return request.render(
            "telecom_billing.portal_quote_request_new",
            {
                **self._prepare_portal_layout_values(),
                "error": error,
                "kinds": self._by_kind(offers),
                "page_name": "telecom_quote_requests",
                "post": post,
                "prices": self._prices(offers, company.sudo()),
                "slots": [
                    (
                        Request._telecom_slot_key(start, seller),
                        Request._telecom_moment(start, company),
                        seller.sudo().name,
                    )
                    for start, seller in slots
                ],
                "today": fields.Date.context_today(request.env.user),
            },
        )

    @http.route(
        "/my/quote-requests/<int:request_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def portal_quote_request(self, request_id, sent=False, access_token=None, **_post):
        self._telecom_billing_check()
        try:
            found = self._document_check_access(
                "telecom.quote.request", request_id, access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my/quote-requests")
        orders = found.order_ids.filtered(lambda one: one.state in ("sent", "sale"))
        values = {
            "orders": orders,
            "page_name": "telecom_quote_requests",
            "sent": sent,
            "quote_request": found,
        }
        return request.render(
            "telecom_billing.portal_quote_request",
            self._get_page_view_values(
                found, access_token, values, "my_quote_requests_history", False
            ),
        )

    def _request_domain(self):
        user = request.env.user
        return [
            ("partner_id", "child_of", user.commercial_partner_id.id),
            ("company_id", "=", user.company_id.id),
        ]

    def _telecom_billing_open(self, operation="read"):
        # sudo: res.company - the switch of the account's operator
        company = request.env.user.company_id.sudo()
        return company.telecom_tenant and company._telecom_allows("billing", operation)

    def _telecom_billing_check(self, operation="read"):
        if not self._telecom_billing_open(operation):
            raise request.not_found()
        if operation == "create" and not request.env.user._is_portal():
            raise request.not_found()

    def _quantities(self, offers, post):
        """Return {offer: quantity} of what was filled in for offered ones."""
        quantities = {}
        for offer in offers:
            text = (post.get(f"quantity_{offer.id}") or "").strip()
            if text.isascii() and text.isdigit() and len(text) < 6 and int(text):
                if int(text) > MOST_OF_ONE:
                    raise UserError(
                        _("%s: ask us for more than 9,999 in words.", offer.name)
                    )
                quantities[offer] = int(text)
        return quantities

    def _date(self, text):
        try:
            return fields.Date.to_date((text or "")[:10]) or None
        except ValueError as error:
            raise UserError(_("That is no date.")) from error

    def _prices(self, offers, company):
        """Return {offer id: what it costs at present, as text}, without taxes."""
        today = fields.Date.context_today(request.env.user)
        offers, currency = offers.with_company(company), company.currency_id
        once = offers._telecom_prices("one_time", today)
        monthly = offers._telecom_prices("recurring", today)
        texts = {}
        for offer in offers:
            parts = []
            if once.get(offer.id):
                amount = formatLang(request.env, once[offer.id], currency_obj=currency)
                parts.append(_("%s once", amount))
            if monthly.get(offer.id):
                amount = formatLang(
                    request.env, monthly[offer.id], currency_obj=currency
                )
                parts.append(_("%s per month", amount))
            if parts:
                texts[offer.id] = _("%s, without taxes", ", ".join(parts))
        return texts

    def _by_kind(self, offers):
        """Return [(label, offers)] in the order of the kinds."""
        field = offers._fields["telecom_offer_kind"]
        labels = dict(field._description_selection(request.env))
        found = offers.grouped("telecom_offer_kind")
        return [(label, found[kind]) for kind, label in labels.items() if kind in found]


class PortalQuotePayment(portal.PaymentPortal):
    @http.route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        """Nobody pays for a quotation that is not what he was shown any more."""
        try:
            order = self._document_check_access("sale.order", order_id, access_token)
        except (AccessError, MissingError):
            order = None
        if order and order.telecom_is_quote and order.state in ("draft", "sent"):
            if not order._telecom_answerable():
                raise ValidationError(
                    _("This quotation was replaced or has expired. Reload the page.")
                )
        return super().portal_order_transaction(order_id, access_token, **kwargs)
