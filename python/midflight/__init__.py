"""Upgrade installed Python packages in a running process.

>>> import midflight
>>> # ... meanwhile, elsewhere: pip install -U requests ...
>>> print(midflight.upgrade("requests"))         # doctest: +SKIP
requests 2.31.0 -> 2.32.5: 18 modules, 208 functions, ...

Import midflight early: what the program changes in a package can be told from what a release changes only if the
package's state was seen when its import ended.
"""

from midflight._api import changes, confirm, explain, plan, refresh_path, reload_module, rollback, status, upgrade
from midflight._engine import safe_point
from midflight.errors import Error, Reason, UpgradeRefused
from midflight.hooks import InstanceChange, UpgradeChange, on_upgrade, while_staging
from midflight.plans import Definitions, Executing, Hook, Layout, Native, Plan, Planned, Use
from midflight.probation import Probation, Trial
from midflight.protection import Protection, protect
from midflight.report import Change, Explanation, ImportLine, PathChange, Pending, Reference, Rehearsal, Report, Status

__version__ = "0.1.0"

__all__ = [
    "Change",
    "Definitions",
    "Error",
    "Executing",
    "Explanation",
    "Hook",
    "ImportLine",
    "InstanceChange",
    "Layout",
    "Native",
    "PathChange",
    "Pending",
    "Plan",
    "Planned",
    "Probation",
    "Protection",
    "Reason",
    "Reference",
    "Rehearsal",
    "Report",
    "Status",
    "Trial",
    "UpgradeChange",
    "UpgradeRefused",
    "Use",
    "changes",
    "confirm",
    "explain",
    "on_upgrade",
    "plan",
    "protect",
    "refresh_path",
    "reload_module",
    "rollback",
    "safe_point",
    "status",
    "upgrade",
    "while_staging",
]
