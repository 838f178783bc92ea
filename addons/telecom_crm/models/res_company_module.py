from odoo import api, fields, models, tools
from odoo.exceptions import AccessError

from ..tools import modules
from .telecom_company_module import MODULE_STATES

FIELD_PREFIX = "telecom_module_"


def _module_state(label):
    """A column of the platform's screen: the state of one module."""
    return fields.Selection(
        MODULE_STATES,
        string=label,
        compute="_compute_telecom_module_states",
        inverse="_inverse_telecom_module_states",
        groups="telecom_crm.group_telecom_platform",
    )


class ResCompany(models.Model):
    """The modules of an operator. A company that is no operator has them all."""

    _inherit = "res.company"

    telecom_module_customers = _module_state("Module Customers")
    telecom_module_claims = _module_state("Module Claims")
    telecom_module_prospecting = _module_state("Module Prospecting")
    telecom_module_offers = _module_state("Module Offers")
    telecom_module_billing = _module_state("Module Billing")
    telecom_module_stock = _module_state("Module Stock")
    telecom_module_callcenter = _module_state("Module Contact Centre")
    telecom_module_statistics = _module_state("Module Statistics")
    telecom_module_notes = fields.Json(
        string="What Modules Need",
        compute="_compute_telecom_module_notes",
        groups="telecom_crm.group_telecom_platform",
        help="Name, own state and needed modules of each module, for the screen.",
    )

    # The platform's screen

    def _telecom_module_fields(self):
        """Return {module: field} of the columns."""
        return {
            name.removeprefix(FIELD_PREFIX): name
            for name, field in self._fields.items()
            if name.startswith(FIELD_PREFIX) and field.type == "selection"
        }

    def _compute_telecom_module_states(self):
        columns = self._telecom_module_fields()
        for company in self:
            states = company._telecom_module_state()
            for code, name in columns.items():
                company[name] = states.get(code, "on")

    def _compute_telecom_module_notes(self):
        """Return what the platform's screen explains of each module.

        {module: {name, own state, names of the modules it needs}}; the own state is
        what was decided, however far other modules let it come.
        """
        catalogue = self.env["telecom.module"].search([("code", "!=", False)])
        names = {module.code: module.name for module in catalogue}
        dependencies = self.env["telecom.module"]._get_dependencies()
        rows = self.env["telecom.company.module"].search(
            [("company_id", "in", self.ids)]
        )
        own = {(row.company_id.id, row.module_id.code): row.state for row in rows}
        for company in self:
            company.telecom_module_notes = {
                code: {
                    "name": name,
                    "own": own.get((company.id, code), "on"),
                    "needs": [
                        names[other]
                        for other in names
                        if other in modules.required(code, dependencies)
                    ],
                }
                for code, name in names.items()
            }

    def _inverse_telecom_module_states(self):
        columns = self._telecom_module_fields()
        for company in self:
            before = company._telecom_module_state()
            wanted = {code: company[name] or "on" for code, name in columns.items()}
            for code, state in wanted.items():
                if state != before.get(code, "on"):
                    company._telecom_set_module(code, state)
        # What moved along with them is shown at once
        self.invalidate_recordset([*columns.values(), "telecom_module_notes"], False)

    # Switching

    def _telecom_set_module(self, code, state):
        """Open or close a module for operators.

        What the module needs is opened along with it. What needs the module closes
        with it, and opens again with it: its own state is kept.

        :param str code: of the module
        :param str state: ``on``, ``readonly`` or ``off``
        """
        # sudo: telecom.* - also from billing, when an operator has paid
        Module = self.env["telecom.module"].sudo()
        Row = self.env["telecom.company.module"].sudo()
        dependencies = Module._get_dependencies()
        by_code = {module.code: module for module in Module.search([])}
        for company in self:
            rows = {
                row.module_id.code: row
                for row in Row.search([("company_id", "=", company.id)])
            }
            states = {name: row.state for name, row in rows.items()}
            changes = modules.raised(code, state, states, dependencies)
            for name, value in {**changes, code: state}.items():
                if name in rows:
                    rows[name].state = value
                else:
                    Row.create(
                        {
                            "company_id": company.id,
                            "module_id": by_code[name].id,
                            "state": value,
                        }
                    )

    # Asking

    @api.model
    @tools.ormcache("live")
    def _telecom_module_states(self, live=False):
        """Return how far modules are open, by operator; those not named are on.

        :param bool live: whether to leave open what is only being finished
        :rtype: dict
        """
        # sudo: telecom.* - the rules ask for whoever reads; cleared at each change
        dependencies = self.env["telecom.module"].sudo()._get_dependencies()
        rows = (
            self.env["telecom.company.module"]
            .sudo()
            .search([("company_id.telecom_tenant", "=", True), ("state", "!=", "on")])
        )
        return {
            company.id: modules.effective(
                {
                    row.module_id.code: "on" if live and row.draining else row.state
                    for row in own
                },
                dependencies,
            )
            for company, own in rows.grouped("company_id").items()
        }

    @api.model
    @tools.ormcache("code", "operation")
    def _telecom_closed(self, code, operation):
        """Return the ids of operators for whom an operation of a module is closed.

        For the record rules: calls under way go on.
        """
        return [
            company_id
            for company_id, states in self._telecom_module_states(live=True).items()
            if not modules.allows(states.get(code, "on"), operation)
        ]

    def _telecom_module_state(self):
        """Return {module: state} of one company; modules not named are on."""
        return self._telecom_module_states().get(self.id, {})

    def _telecom_allows(self, code, operation="read"):
        """Tell whether a module lets an operation through for one company.

        Record rules do not bind crons, webhooks, public controllers and the gateway:
        they ask this before they begin something new.

        :param str code: of the module
        :param str operation: ``read``, ``write``, ``create`` or ``unlink``
        """
        state = self._telecom_module_state().get(code, "on")
        return modules.allows(state, operation)

    def _telecom_check(self, code, operation="read"):
        """Refuse what a module does not let through for all of the companies.

        :raises AccessError: naming the module and the operator
        """
        for company in self:
            if not company._telecom_allows(code, operation):
                raise AccessError(self._telecom_module_message(company, code))

    @api.model
    def _telecom_module_message(self, company, code):
        # sudo: names only, of the user's own operator and the catalogue
        module = self.env["telecom.module"].sudo().search([("code", "=", code)])
        values = {"module": module.name, "company": company.sudo().name}
        if company._telecom_module_state().get(code) == "readonly":
            return self.env._(
                "The module “%(module)s” of %(company)s is read-only at present: "
                "what is there can be read, nothing changed.",
                **values,
            )
        return self.env._(
            "The module “%(module)s” is not open for %(company)s. "
            "Ask the platform's administrator.",
            **values,
        )
