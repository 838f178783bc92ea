from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class PortalClaims(CustomerPortal):
    """Notifications of customers, and their way to the administrator."""

    @http.route("/my/help", type="http", auth="user", website=True, sitemap=False)
    def portal_help(self, page="", **post):
        sent = request.httprequest.method == "POST"
        if sent:
            request.env["telecom.help.request"].send(
                post.get("kind"),
                post.get("message") or "–",
                page=page,
                browser=request.httprequest.user_agent.string,
            )
        return request.render(
            "telecom_crm.portal_help_page",
            {
                **self._prepare_portal_layout_values(),
                "page": page,
                "page_name": "telecom_help",
                "sent": sent,
            },
        )

    @http.route(
        ["/my/notifications", "/my/notifications/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def portal_notifications(self, page=1, **_post):
        Notification = request.env["telecom.notification"]._telecom_everywhere()
        domain = Notification._telecom_mine()
        pager = portal_pager(
            url="/my/notifications",
            total=Notification.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        notifications = Notification.search(
            domain, limit=self._items_per_page, offset=pager["offset"]
        )
        # Read before they are marked, so that this page still shows what is new
        urls = {one.id: self._notification_url(one) for one in notifications}
        notifications._telecom_mark()
        kinds = self._notification_kinds()
        return request.render(
            "telecom_crm.portal_notifications_page",
            {
                **self._prepare_portal_layout_values(),
                "kinds": kinds,
                "muted": request.env.user.telecom_muted_kind_ids,
                "notifications": notifications,
                "page_name": "telecom_notifications",
                "pager": pager,
                "urls": urls,
            },
        )

    def _notification_kinds(self):
        Kind = request.env["telecom.notification.kind"]
        return Kind.search([("code", "in", Kind._telecom_portal_codes())])

    def _notification_url(self, notification):
        record = notification._telecom_record()
        if record and "access_url" in record._fields:
            return record.access_url
        return False

    @http.route(
        "/my/notifications/mails",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def portal_notification_mails(self, **_post):
        wanted = {
            int(value)
            for value in request.httprequest.form.getlist("kind")
            if value.isdigit()
        }
        kinds = self._notification_kinds()
        muted = kinds.filtered(lambda kind: kind.id not in wanted)
        user = request.env.user
        # sudo: res.users - one's own choice of e-mails, on one's own account
        user.sudo().telecom_muted_kind_ids = (
            user.telecom_muted_kind_ids - kinds
        ) | muted
        return request.redirect("/my/notifications")
