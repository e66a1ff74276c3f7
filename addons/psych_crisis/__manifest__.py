{
    "name": "Student mental health: warning and intervention",
    "version": "19.0.1.0.0",
    "summary": "Signals, clocks, attention tiers and alert cases that nobody can lose",
    "author": "Psych Health contributors",
    "license": "AGPL-3",
    "category": "Human Resources/Student Mental Health",
    "depends": ["psych_health"],
    "post_init_hook": "post_init_hook",
    "data": [
        # access rights, record rules, content rights
        "security/ir.model.access.csv",
        "security/warning_security.xml",
        "security/attention_security.xml",
        "security/case_security.xml",
        "security/event_security.xml",
        "security/period_security.xml",
        "data/psych_content_right_data.xml",
        # warning
        "data/warning/psych_crisis_rung_data.xml",
        "data/warning/psych_crisis_clock_data.xml",
        # attention
        "data/attention/psych_crisis_category_data.xml",
        # case
        "data/case/psych_crisis_stage_data.xml",
        "data/ir_cron_data.xml",
        # screens
        "wizard/warning/psych_crisis_signal_seen_views.xml",
        "wizard/warning/psych_crisis_signal_triage_views.xml",
        "wizard/warning/psych_crisis_signal_merge_views.xml",
        "wizard/warning/psych_crisis_signal_relink_views.xml",
        "views/warning/psych_crisis_signal_views.xml",
        "views/case/psych_crisis_case_views.xml",
        "views/attention/psych_crisis_attention_views.xml",
        "views/psych_crisis_menus.xml",
    ],
}
