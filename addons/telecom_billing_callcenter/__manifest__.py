{
    "name": "Telecom Billing and Contact Centre",
    "summary": "Quote and invoice requests from the agent desk",
    "version": "19.0.1.0.0",
    "category": "Telecom/Billing",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_billing", "telecom_callcenter"],
    "data": [
        "views/telecom_invoice_request_views.xml",
        "views/telecom_quote_request_views.xml",
        "views/telecom_appointment_views.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "telecom_billing_callcenter/static/src/*",
        ],
        "web.assets_unit_tests": [
            "telecom_billing_callcenter/static/tests/*.js",
        ],
        "web.assets_tests": [
            "telecom_billing_callcenter/static/tests/tours/**/*.js",
        ],
    },
    "auto_install": True,
}
