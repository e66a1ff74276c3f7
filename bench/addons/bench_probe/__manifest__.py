{
    "name": "Bench probe",
    "version": "19.0.1.0.0",
    "summary": "Bare controller with one INSERT: the limit that a submit is measured against",
    "author": "Psych Health contributors",
    "license": "AGPL-3",
    "category": "Hidden",
    "depends": ["base", "web"],
}
