from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.http import request
from odoo.tools import ormcache

from ..tools import host


class TelecomHost(models.Model):
    """A host name of a company.

    The host of a request says whose login page, sign-up, portal and public pages are
    shown; the primary one is in the links of the company's e-mails.
    """

    _name = "telecom.host"
    _description = "Host Name"
    _check_company_auto = True
    _order = "company_id, is_primary desc, name"

    name = fields.Char(
        string="Host Name",
        required=True,
        help="e.g. my.operator.example: no scheme, port or path. Its DNS record and "
        "certificate are set up on the server.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    is_primary = fields.Boolean(
        help="Links in the operator's e-mails, messages and documents begin with it."
    )
    url = fields.Char(string="Address", compute="_compute_url")

    _name_unique = models.Constraint("UNIQUE(name)", "This host name is in use.")
    _primary_unique = models.UniqueIndex(
        "(company_id) WHERE is_primary", "An operator has one primary host name."
    )

    @api.depends("name")
    def _compute_url(self):
        for record in self:
            record.url = record.name and record._url_of(record.name)

    @api.constrains("name")
    def _check_name(self):
        for record in self:
            if host.normalize(record.name) != record.name:
                raise ValidationError(
                    self.env._("%(name)s is no host name.", name=record.name)
                )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._complete(vals) for vals in vals_list]
        self._make_room(
            {
                vals.get("company_id") or self.env.company.id
                for vals in vals_list
                if vals.get("is_primary")
            }
        )
        hosts = super().create(vals_list)
        hosts._after_change(hosts.company_id)
        return hosts

    def write(self, vals):
        if self.env.context.get("telecom_host_primary"):
            return super().write(vals)
        companies = self.company_id
        vals = self._complete(vals)
        if vals.get("is_primary"):
            self._make_room(companies.ids, keep=self)
        res = super().write(vals)
        self._after_change(companies | self.company_id)
        return res

    def unlink(self):
        companies = self.company_id
        res = super().unlink()
        self._after_change(companies)
        return res

    @api.model
    def _complete(self, vals):
        """Return the values with the name as it is stored."""
        if vals.get("name"):
            return {**vals, "name": host.normalize(vals["name"]) or vals["name"]}
        return vals

    @api.model
    def _make_room(self, company_ids, keep=None):
        """Take the mark of primary off, so that another may have it."""
        old = self.search(
            [("company_id", "in", list(company_ids)), ("is_primary", "=", True)]
        )
        others = old - (keep or self.browse())
        others.with_context(telecom_host_primary=True).write({"is_primary": False})
        self.flush_model(["is_primary"])

    @api.model
    def _after_change(self, companies):
        """Each company with hosts has a primary one and a public user."""
        for company in companies.exists():
            hosts = self.search([("company_id", "=", company.id)])
            if hosts and not hosts.filtered("is_primary"):
                hosts[0].with_context(telecom_host_primary=True).is_primary = True
        self.env.registry.clear_cache()
        companies.exists()._telecom_hosts_changed()

    # Requests

    @api.model
    def _company_of_request(self):
        """Return the company the present request's host belongs to.

        :return: one company, or none: no request, or the platform's own host
        :rtype: res.company
        """
        company_id = False
        if request and request.httprequest:
            company_id = self._company_id_of(
                host.normalize(request.httprequest.host) or ""
            )
        return self.env["res.company"].browse(company_id or ())

    @api.model
    @ormcache("name")
    def _company_id_of(self, name):
        # sudo: telecom.host - who asks for a page need not be anybody yet
        return self.sudo().search([("name", "=", name)], limit=1).company_id.id

    # Addresses

    @api.model
    def _base_url_of(self, company):
        """Return the address of a company's primary host, or False without one."""
        name = self._primary_name_of(company.id)
        return bool(name) and self._url_of(name)

    @api.model
    @ormcache("company_id")
    def _primary_name_of(self, company_id):
        # sudo: telecom.host - links are written by whoever sends a message
        return (
            self.sudo()
            .search(
                [("company_id", "=", company_id), ("is_primary", "=", True)], limit=1
            )
            .name
        )

    @api.model
    def _url_of(self, name):
        # sudo: ir.config_parameter - the platform's address is in every link
        parameters = self.env["ir.config_parameter"].sudo()
        return host.base_url(name, parameters.get_param("web.base.url"))
