{
    "name": "Telecom Contact Centre",
    "summary": "Calls, queues, agents and campaigns on Asterisk, with an agent desk",
    "version": "19.0.1.0.0",
    "category": "Telecom/Contact Centre",
    "license": "AGPL-3",
    "author": "Telecom Suite Contributors",
    "website": "https://github.com/telecom-suite/telecom-suite",
    "depends": ["telecom_crm", "bus", "rating", "resource", "sms"],
    "external_dependencies": {"python": ["phonenumbers"]},
    "data": [
        "security/telecom_callcenter_groups.xml",
        "security/ir.model.access.csv",
        "security/telecom_callcenter_security.xml",
    ],
    "demo": [],
    "application": True,
}
