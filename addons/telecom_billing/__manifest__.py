{
    "name": "Telecom Billing",
    "summary": "Quotations and invoices of an operator's customers",
    "version": "19.0.1.0.0",
    "category": "Telecom/Billing",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": [
        "telecom_crm",
        "sale_management",
        "account",
        "loyalty",
        "sale_loyalty",
        "payment",
        "account_payment",
        # Odoo installs it by itself; its letters know a company but no rule
        "snailmail",
    ],
    "data": [
        "security/telecom_billing_groups.xml",
        "security/telecom_billing_security.xml",
        "views/res_partner_views.xml",
        "views/telecom_billing_menus.xml",
        "views/telecom_module_menus.xml",
    ],
    "demo": ["demo/res_users_demo.xml"],
    "application": True,
}
