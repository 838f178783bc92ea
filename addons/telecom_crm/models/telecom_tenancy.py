"""Core's models: those that know no company belong to an operator, the others stay."""

from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "telecom.guarded.mixin"]


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "telecom.guarded.mixin"]


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "telecom.guarded.mixin"]


class MailTemplate(models.Model):
    _name = "mail.template"
    _inherit = ["mail.template", "telecom.tenancy.mixin"]


class MailCannedResponse(models.Model):
    _name = "mail.canned.response"
    _inherit = ["mail.canned.response", "telecom.tenancy.mixin"]


class CalendarEvent(models.Model):
    _name = "calendar.event"
    _inherit = ["calendar.event", "telecom.tenancy.mixin", "telecom.reference.mixin"]

    def _telecom_guarded(self):
        return self.env.user._telecom_bound()

    def _telecom_guards(self, model):
        return model == "res.partner"


class CalendarAlarm(models.Model):
    _name = "calendar.alarm"
    _inherit = ["calendar.alarm", "telecom.tenancy.mixin"]


class ResPartnerCategory(models.Model):
    _name = "res.partner.category"
    _inherit = ["res.partner.category", "telecom.tenancy.mixin"]


class ResBank(models.Model):
    _name = "res.bank"
    _inherit = ["res.bank", "telecom.tenancy.mixin"]


class IrExports(models.Model):
    _name = "ir.exports"
    _inherit = ["ir.exports", "telecom.tenancy.mixin"]


class BaseImportMapping(models.Model):
    _name = "base_import.mapping"
    _inherit = ["base_import.mapping", "telecom.tenancy.mixin"]
