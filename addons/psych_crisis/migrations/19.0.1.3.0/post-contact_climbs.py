def migrate(cr, version):
    """Contact with students off campus that was never made climbs from now on; the shared row said never."""
    cr.execute(
        "UPDATE psych_crisis_rhythm SET late_signal_days = 14 WHERE key = 'away' AND company_id IS NULL AND late_signal_days = 0"
    )
