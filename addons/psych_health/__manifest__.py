{
    "name": "Student mental health",
    "version": "19.0.1.0.0",
    "summary": "Organisation, rosters, files, counselling and screening of a college's mental-health network",
    "author": "Psych Health contributors",
    "license": "AGPL-3",
    "category": "Human Resources/Student Mental Health",
    "depends": [
        "calendar",
        "mail",
        "portal",
        "resource",
        "auth_totp",
        "auth_timeout",
        "auth_password_policy",
        "web_hierarchy",
    ],
    "external_dependencies": {"python": ["cryptography", "holidays", "openpyxl", "python-calamine"]},
    "pre_init_hook": "pre_init_hook",
    "data": [
        # groups, access rights, record rules
        "security/psych_health_groups.xml",
        "security/ir.model.access.csv",
        # organisation
        # privacy
        # counselling
        # screening
        # menus last
        "views/psych_health_menus.xml",
    ],
    "application": True,
}
