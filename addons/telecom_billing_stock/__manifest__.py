{
    "name": "Telecom Billing and Stock",
    "summary": "Offers, invoices and payments at the counter; quotations reserve stock",
    "version": "19.0.1.0.0",
    "category": "Telecom/Stock",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_billing", "telecom_stock", "sale_stock"],
    "data": [
        "views/telecom_counter_sale_views.xml",
        "views/sale_order_views.xml",
        "views/telecom_boutique_views.xml",
    ],
    "auto_install": ["telecom_billing", "telecom_stock"],
}
