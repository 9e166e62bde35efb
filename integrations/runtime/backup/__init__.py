"""A consistent copy of database and objects in one folder, and the way back, proven by its sums."""

from integrations.runtime.backup.facts import Plan, compare, read_facts
from integrations.runtime.backup.keys import KEY_NAMES, read_keys, write_keys
from integrations.runtime.backup.manifest import Manifest, check_folder
from integrations.runtime.backup.restore import restore_database, restore_objects
from integrations.runtime.backup.take import Taken, take

__all__ = [
    "KEY_NAMES",
    "Manifest",
    "Plan",
    "Taken",
    "check_folder",
    "compare",
    "read_facts",
    "read_keys",
    "restore_database",
    "restore_objects",
    "take",
    "write_keys",
]
