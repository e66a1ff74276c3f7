{
    "name": "Test: toy models of student mental health",
    "version": "19.0.1.0.0",
    "author": "Psych Health contributors",
    "license": "AGPL-3",
    "category": "Hidden/Tests",
    "summary": "Toy models that the attack suite opens by every door; never installed for use",
    "depends": ["psych_health"],
    "data": [
        "security/ir.model.access.csv",
        "data/test_psych_data.xml",
        "views/test_psych_views.xml",
    ],
}
