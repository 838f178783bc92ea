{
    "name": "Telecom Stock and Point of Sale",
    "summary": "Tills of boutiques, sales by serial number",
    "version": "19.0.1.0.0",
    "category": "Telecom/Stock",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_stock", "point_of_sale"],
    "data": [
        "security/telecom_stock_pos_groups.xml",
        "security/telecom_stock_pos_security.xml",
        "views/pos_config_views.xml",
        "views/telecom_boutique_views.xml",
        "views/telecom_module_menus.xml",
    ],
    "demo": ["demo/pos_config_demo.xml"],
    "auto_install": True,
}
