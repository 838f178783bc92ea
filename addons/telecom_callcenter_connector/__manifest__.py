{
    "name": "Telecom Contact Centre: Connectors",
    "summary": "Named queries to the databases and web services of operators",
    "version": "19.0.1.0.0",
    "category": "Telecom/Contact Centre",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_callcenter"],
    # PyMySQL and oracledb are asked for when a connector needs them
    "external_dependencies": {"python": ["cryptography", "urllib3", "certifi"]},
    "data": [
        "security/ir.model.access.csv",
        "security/telecom_connector_security.xml",
        "data/ir_cron_data.xml",
        "views/telecom_connector_access_views.xml",
        "views/telecom_connector_query_views.xml",
        "views/telecom_connector_views.xml",
        "views/telecom_connector_feed_views.xml",
        "views/telecom_connector_menus.xml",
    ],
    "demo": [
        "demo/telecom_connector_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "telecom_callcenter_connector/static/src/**/*",
        ],
        "web.assets_unit_tests": [
            "telecom_callcenter_connector/static/tests/*.test.js",
        ],
        "web.assets_tests": [
            "telecom_callcenter_connector/static/tests/tours/**/*.js",
        ],
    },
}
