from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.helpdesk_ticket_category import CLAIM_BRANCHES

#: What the list can be narrowed to, and how
FILTERS = {
    "all": Domain.TRUE,
    "open": Domain("closed", "=", False),
    "closed": Domain("closed", "=", True),
}


class PortalMyClaims(CustomerPortalHelpdesk):
    """A customer's claims on the portal. Rules say which records are his."""

    @http.route(
        [
            "/my/tickets",
            "/my/tickets/page/<int:page>",
            "/my/claims",
            "/my/claims/page/<int:page>",
        ]
    )
    def portal_my_tickets(self, page=1, filterby=None, search=None, **_kw):
        """List the customer's claims, open ones first."""
        Claim = request.env["helpdesk.ticket"]
        if not Claim.has_access("read"):
            return request.redirect("/my")
        user = request.env.user
        own = Domain("partner_id", "child_of", user.commercial_partner_id.ids)
        own |= Domain("message_partner_ids", "in", user.partner_id.ids)
        search = (search or "").strip()
        if search:
            own &= Domain("number", "ilike", search) | Domain("name", "ilike", search)
        filterby = filterby if filterby in FILTERS else "all"
        counts = {
            name: Claim.search_count(own & domain) for name, domain in FILTERS.items()
        }
        pager = portal_pager(
            url="/my/claims",
            url_args={"filterby": filterby, "search": search},
            total=counts[filterby],
            page=page,
            step=self._items_per_page,
        )
        claims = Claim.search(
            own & FILTERS[filterby],
            order="closed, last_stage_update desc, id desc",
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        request.session["my_tickets_history"] = claims.ids[:100]
        return request.render(
            "helpdesk_mgmt.portal_my_tickets",
            {
                **self._prepare_portal_layout_values(),
                "counts": counts,
                "default_url": "/my/claims",
                "filterby": filterby,
                # sudo: helpdesk.ticket - names of line, category and stage of claims
                # that the rules have let through
                "grouped_tickets": [claims.sudo()] if claims else [],
                "page_name": "ticket",
                "pager": pager,
                "search": search,
            },
        )

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        user = request.env.user
        own = ticket.partner_id and (
            ticket.partner_id.commercial_partner_id == user.commercial_partner_id
        )
        rating = ticket.rating_ids.filtered("consumed")[:1]
        return {
            **values,
            "rating": rating,
            # Only the customer rates, and only what is over
            "rating_token": ticket._rating_get_access_token()
            if ticket.closed and own and not rating
            else False,
            "timeline": ticket._telecom_timeline(),
        }

    @http.route(
        "/my/claims/similar", type="jsonrpc", auth="user", sitemap=False, readonly=True
    )
    def portal_similar_claims(self, text=""):
        """Return answers the operator shows to customers, for claims like this.

        :return: ``[{name, description}]``
        """
        user = request.env.user
        company = user.company_id
        # sudo: res.company - the switch of the account's own operator
        if not company.sudo()._telecom_allows("claims"):
            return []
        # sudo: helpdesk.ticket - only solutions marked for customers come back, of
        # the account's own operator
        found = (
            request.env["helpdesk.ticket"]
            .sudo()
            ._telecom_similar_for_customers(str(text), company)
        )
        return [{"name": one["name"], "description": one["text"]} for one in found]


def claim_kinds(categories):
    """Return what a customer may complain about, by branch.

    :param categories: those the operator shows on the portal
    :return: ``[(branch, label, categories)]``; a branch without any is left out when
        others have some
    """
    labels = dict(
        request.env["helpdesk.ticket"]
        ._fields["telecom_branch"]
        ._description_selection(request.env)
    )
    by_branch = categories.grouped("telecom_branch")
    return [
        (code, labels[code], by_branch.get(code, categories.browse()))
        for code, _label in CLAIM_BRANCHES
    ]
