{
    "name": "Telecom Stock and Contact Centre",
    "summary": "The nearest boutique on the agent desk, its address by SMS",
    "version": "19.0.1.0.0",
    "category": "Telecom/Stock",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_stock", "telecom_callcenter"],
    "assets": {
        "web.assets_backend": [
            "telecom_callcenter_stock/static/src/*",
        ],
        "web.assets_tests": [
            "telecom_callcenter_stock/static/tests/tours/**/*.js",
        ],
    },
    "auto_install": True,
}
