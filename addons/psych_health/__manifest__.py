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
    "external_dependencies": {"python": ["cryptography", "holidays", "openpyxl", "python-calamine", "weasyprint"]},
    "pre_init_hook": "pre_init_hook",
    "data": [
        # groups, access rights, record rules
        "security/psych_health_groups.xml",
        "security/ir.model.access.csv",
        "views/psych_health_menus.xml",
        # reports: layout that all rooms use
        "report/report_paperformat.xml",
        "report/report_layout.xml",
        # organisation
        "security/organisation_security.xml",
        "data/organisation/ir_sequence_data.xml",
        "data/organisation/psych_unit_kind_data.xml",
        "data/organisation/psych_post_data.xml",
        "data/organisation/ir_cron_data.xml",
        "views/organisation/psych_unit_kind_views.xml",
        "views/organisation/psych_unit_views.xml",
        "views/organisation/psych_programme_views.xml",
        "views/organisation/psych_term_views.xml",
        "views/organisation/psych_post_views.xml",
        "views/organisation/psych_membership_views.xml",
        "views/organisation/psych_qualification_views.xml",
        "views/organisation/psych_leave_views.xml",
        "views/organisation/psych_student_views.xml",
        "views/organisation/psych_vacancy_views.xml",
        "views/organisation/organisation_menus.xml",
        "wizard/organisation/psych_school_settings_views.xml",
        "wizard/organisation/psych_staff_account_views.xml",
        "wizard/organisation/psych_term_assistant_views.xml",
        "wizard/organisation/psych_unit_merge_views.xml",
        # privacy
        "security/privacy_core_security.xml",
        "data/privacy/privacy_core_data.xml",
        "views/privacy/psych_access_log_views.xml",
        "views/privacy/psych_lockout_views.xml",
        "views/privacy/privacy_core_menus.xml",
        # counselling
        # screening
    ],
    "assets": {
        "web.assets_backend": [
            "psych_health/static/src/privacy/**/*",
        ],
    },
    "application": True,
}
