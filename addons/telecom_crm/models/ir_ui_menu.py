from odoo import api, fields, models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    telecom_module_id = fields.Many2one(
        "telecom.module",
        string="Operator's Module",
        index="btree_not_null",
        help="Hidden from users none of whose operators has this module.",
    )

    def _load_menus_blacklist(self):
        """Hide the menus of modules that none of the user's companies has.

        The menus are cached by user, not by company: all companies count, active or
        not. The cache is cleared when a module is switched.
        """
        res = super()._load_menus_blacklist()
        companies = self.env.user.company_ids
        # sudo: telecom.module - a catalogue without secrets
        closed = [
            module.id
            for module in self.env["telecom.module"].sudo().search([])
            if not any(company._telecom_allows(module.code) for company in companies)
        ]
        if closed:
            menus = self.sudo().search([("telecom_module_id", "in", closed)])
            res.extend(menus.ids)
        if companies and not any(c._telecom_has_lines() for c in companies):
            res.append(self.env.ref("telecom_crm.menu_lines").id)
        return res

    @api.model
    def load_menus_root(self):
        """Core forgets the blacklist here."""
        root = super().load_menus_root()
        hidden = set(self._load_menus_blacklist())
        if not hidden:
            return root
        return {
            **root,
            "children": [menu for menu in root["children"] if menu["id"] not in hidden],
            "all_menu_ids": [id_ for id_ in root["all_menu_ids"] if id_ not in hidden],
        }
