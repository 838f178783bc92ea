{
    "name": "Telecom Stock",
    "summary": "Stock of an operator's shops, SIM cards and devices by serial number",
    "version": "19.0.1.0.0",
    "category": "Telecom/Stock",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_crm", "stock", "base_geolocalize", "portal", "resource"],
    "data": [
        "security/telecom_stock_groups.xml",
        "security/ir.model.access.csv",
        "security/telecom_stock_security.xml",
        "security/telecom_boutique_security.xml",
        "security/telecom_serial_security.xml",
        "data/telecom_boutique_cron_data.xml",
        "views/telecom_boutique_service_views.xml",
        "views/telecom_boutique_views.xml",
        "views/boutique_templates.xml",
        "views/res_company_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/telecom_stock_menus.xml",
        "views/telecom_module_menus.xml",
    ],
    "demo": [
        "demo/res_users_demo.xml",
        "demo/telecom_boutique_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "telecom_stock/static/src/boutique/leaflet.js",
            "telecom_stock/static/src/boutique/boutiques.scss",
            "telecom_stock/static/src/boutique_map/*",
        ],
        "web.assets_frontend": [
            "telecom_stock/static/src/boutique/*",
        ],
        "web.assets_tests": [
            "telecom_stock/static/tests/tours/**/*.js",
        ],
    },
    "application": True,
}
