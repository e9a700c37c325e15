"""Operations: one file or package for each action.

May import execution, preflight, requests and the data of plans; not the service. `stsview.actions.registry` lists them.
"""
