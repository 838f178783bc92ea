{
    "name": "Telecom Stock",
    "summary": "Stock of an operator's shops, SIM cards and devices by serial number",
    "version": "19.0.1.0.0",
    "category": "Telecom/Stock",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_crm", "stock", "base_geolocalize", "resource"],
    "data": [
        "security/telecom_stock_groups.xml",
        "security/telecom_stock_security.xml",
        "views/telecom_stock_menus.xml",
        "views/telecom_module_menus.xml",
    ],
    "demo": ["demo/res_users_demo.xml"],
    "application": True,
}
