"""The rules, by topic. May import `stsview.triage.rule` and `.support`; topics do not import each other."""
