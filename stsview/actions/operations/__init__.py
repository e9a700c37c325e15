"""Operations: one file or package for each action, with its facts, its plan and how it is executed.

May import execution, preflight, requests and the data of plans; not the service. `stsview.actions.registry` lists them.
"""
