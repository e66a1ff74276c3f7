def migrate(cr, version):
    """Cases of before know no beginning of their present course: it is their opening."""
    cr.execute("UPDATE psych_crisis_case SET started_at = opened_at WHERE started_at IS NULL")
