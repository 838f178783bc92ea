from markupsafe import Markup

from odoo import api, fields, models, release
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..tools.typed import typed

LONGEST_TEXT = 5000
LONGEST_URL = 500


class TelecomHelpRequest(models.Model):
    """A question or a bug that a user reports to the platform's administrator."""

    _name = "telecom.help.request"
    _description = "Help Request"
    _inherit = ["telecom.notified.mixin"]
    _order = "state, id desc"

    name = fields.Char(string="Subject", compute="_compute_name", store=True)
    kind = fields.Selection(
        [("information", "Question"), ("bug", "Something Does Not Work")],
        required=True,
        default="information",
        readonly=True,
    )
    state = fields.Selection(
        [("new", "New"), ("answered", "Answered"), ("closed", "Closed")],
        default="new",
        required=True,
        readonly=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="From",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    message = fields.Text(required=True, readonly=True)
    page = fields.Char(readonly=True, help="The page the user was on.")
    version = fields.Char(readonly=True, help="Of the apps, when it was written.")
    browser = fields.Char(readonly=True)
    answer = fields.Text()
    answered_at = fields.Datetime(readonly=True)
    answered_by = fields.Many2one("res.users", readonly=True)

    @api.depends("message")
    def _compute_name(self):
        for request in self:
            first = (request.message or "").strip().partition("\n")[0]
            request.name = first if len(first) <= 80 else f"{first[:79]}…"

    @api.model
    def send(self, kind, message, page=False, browser=False):
        """Write to the platform's administrator; everybody with a login may.

        :param str kind: ``information`` or ``bug``
        :param str message: plain text
        :param str page: address of the page the user was on
        :param str browser: as the browser names itself
        :return: id of the request
        :raise UserError: without a text
        """
        message = typed(message, LONGEST_TEXT)
        if not message:
            raise UserError(self.env._("Write what you want to know or report."))
        # sudo: telecom.help.request - the user writes one of his own, and cannot
        # change it afterwards
        request = self.sudo().create(
            {
                "kind": "bug" if kind == "bug" else "information",
                "message": message,
                "page": typed(page, LONGEST_URL),
                "browser": typed(browser, LONGEST_URL),
                "version": self._telecom_version(),
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
            }
        )
        self.env["telecom.notification"]._telecom_notify(
            "help_request", {request: self._telecom_administrators()}
        )
        return request.id

    @api.model
    def _telecom_version(self):
        # sudo: ir.module.module - the version is no secret
        module = self.env["ir.module.module"].sudo()
        module = module.search([("name", "=", "telecom_crm")], limit=1)
        return f"{module.installed_version or ''} (Odoo {release.version})"

    @api.model
    def _telecom_administrators(self):
        # sudo: res.groups - nobody else needs to know who they are
        group = self.env.ref("telecom_crm.group_telecom_platform").sudo()
        return group.all_user_ids.filtered(
            lambda user: user.active and user != self.env.ref("base.user_root")
        )

    def action_answer(self):
        """Send the answer, by e-mail and on the platform."""
        for request in self:
            if not (request.answer or "").strip():
                raise UserError(self.env._("Write the answer first."))
        self.write(
            {
                "state": "answered",
                "answered_at": fields.Datetime.now(),
                "answered_by": self.env.uid,
            }
        )
        self.env["telecom.notification"]._telecom_notify(
            "help_answer", {request: request.user_id for request in self}
        )

    def action_close(self):
        self.state = "closed"

    def _telecom_notification_text(self, kind):
        self.ensure_one()
        if kind == "help_answer":
            return (
                self.env._("Answer to your request: %s", self.name),
                Markup("%s<blockquote>%s</blockquote>")
                % (plaintext2html(self.answer or ""), plaintext2html(self.message)),
            )
        return (
            self.env._(
                "Help for %(user)s: %(name)s", user=self.user_id.name, name=self.name
            ),
            Markup("%s<p>%s</p>") % (plaintext2html(self.message), self.page or ""),
        )
