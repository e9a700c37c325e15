"""Changes to the cluster from the screens: commands, forms, plans, and follow-ups.

May import the kit, actions, live, model, objects, and text; no other feature of the ui.
"""
