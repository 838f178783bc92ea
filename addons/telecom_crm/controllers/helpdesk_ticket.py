from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.helpdesk_ticket_category import CLAIM_BRANCHES
from .portal_my_claims import claim_kinds


def _id(value):
    """Return what came with a form as an id, or 0."""
    # Nothing that PostgreSQL, or Python itself, does not take for a number
    known = isinstance(value, str) and len(value) < 10 and value.isdecimal()
    return int(value) if known else 0


class OperatorTicketController(HelpdeskTicketController):
    """The customer's own claims, at his own operator.

    helpdesk_mgmt writes whatever ticket is named, by a link, and takes teams of any
    company.
    """

    @http.route(methods=["POST"], csrf=True)
    def support_ticket_close(self, ticket_id=None, stage_id=None, **_kw):
        """Close a claim of the user's own, in a stage offered for it."""
        ticket = request.env["helpdesk.ticket"].browse(_id(ticket_id)).exists()
        stage = request.env["helpdesk.ticket.stage"].browse(_id(stage_id)).exists()
        try:
            if not ticket or not stage:
                raise MissingError(request.env._("This claim does not exist."))
            # sudo: helpdesk.ticket - whose it is, before it is read
            own = ticket.sudo().partner_id == request.env.user.partner_id
            ticket.check_access("read" if request.env.user.share or own else "write")
            stage.check_access("read")
            ticket.company_id._telecom_check("claims", "write")
        except (AccessError, MissingError):
            return request.redirect("/my")
        # sudo: helpdesk.* - the customer's own claim, of which he may write nothing
        # but this stage
        ticket, stage = ticket.sudo(), stage.sudo()
        if (
            stage.close_from_portal
            and stage.company_id in (stage.company_id.browse(), ticket.company_id)
            and (not stage.team_ids or ticket.team_id in stage.team_ids)
        ):
            ticket.stage_id = stage
        return request.redirect(f"/my/ticket/{ticket.id}", code=302)

    @http.route(methods=["POST"], csrf=True)
    def submit_ticket(self, **kw):
        """Create a claim of the user's own, with what his operator offers."""
        request.env.company._telecom_check("claims", "create")
        return super().submit_ticket(**kw)

    def _get_create_new_ticket_values(self, **kw):
        values = super()._get_create_new_ticket_values(**kw)
        company, lines = request.env.company, self._portal_lines()
        # sudo: helpdesk.ticket.category - those this operator shows to customers
        categories = (
            request.env["helpdesk.ticket.category"]
            .sudo()
            .search(
                [
                    ("company_id", "in", [company.id, False]),
                    ("show_in_portal", "=", True),
                ]
            )
        )
        own = categories.filtered("company_id")
        line = lines.browse(_id(kw.get("line"))) & lines
        return {
            **values,
            "kinds": claim_kinds(own if company.telecom_tenant else categories),
            "line": line or (lines if len(lines) == 1 else lines.browse()),
            "lines": lines,
            "page_name": "telecom_claim_new",
        }

    def _portal_lines(self):
        """Return the customer's lines that a claim may be about."""
        if not request.env.company._telecom_allows("customers"):
            return request.env["telecom.line"]
        user = request.env.user
        return request.env["telecom.line"].search(
            [
                ("partner_id", "child_of", user.commercial_partner_id.id),
                ("company_id", "=", request.env.company.id),
                ("state", "not in", ("available", "terminated")),
            ]
        )

    def _prepare_submit_ticket_vals(self, **kw):
        company = request.env.company
        # What it is about: a category, or only a branch ("branch:technical")
        branch = (kw.get("category") or "").removeprefix("branch:")
        subject = (kw.get("subject") or "").strip()
        kw["subject"] = subject[:200] or request.env._("Claim")
        kw["description"] = kw.get("description") or subject
        for name, model in (
            ("category", "helpdesk.ticket.category"),
            ("team", "helpdesk.ticket.team"),
        ):
            # sudo: helpdesk.* - of this company or of none, and offered to customers
            found = (
                request.env[model]
                .sudo()
                .search(
                    [
                        ("id", "=", _id(kw.get(name))),
                        ("company_id", "in", [company.id, False]),
                        ("show_in_portal", "=", True),
                    ]
                )
            )
            kw[name] = str(found.id or 0)
        vals = super()._prepare_submit_ticket_vals(**kw)
        if branch in dict(CLAIM_BRANCHES):
            vals["telecom_branch"] = branch
        line = self._portal_lines().filtered(
            lambda line: line.id == _id(kw.get("line"))
        )
        return {**vals, "company_id": company.id, "telecom_line_id": line.id}


class OperatorDocuments(CustomerPortal):
    def _document_check_access(self, model_name, document_id, access_token=None):
        """A module that is off shows no document, with a token neither."""
        document = super()._document_check_access(
            model_name, document_id, access_token=access_token
        )
        code = request.env["telecom.module"]._get_model_code(model_name)
        if code and "company_id" in document._fields:
            # sudo: any model - whose document it is; it may be read by now
            document.sudo().company_id._telecom_check(code)
        return document
