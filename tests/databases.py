"""Databases for tests: made once with all that the service wants in one, emptied and used again."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

#: Emptying takes longer than making anew from about here on.
FEW_DOCUMENTS = 2_000
#: What the service says there about its schema is as true in the next test.
SCHEMA = "schema"


class Databases:
    """The databases of one mongod that no test is using.

    `prepare` is given the name of a new database and leaves every collection and index in it.
    """

    def __init__(self, mongo: MongoClient[dict[str, Any]], prepare: Callable[[str], None]) -> None:
        self._mongo = mongo
        self._prepare = prepare
        self._spare: list[str] = []
        self._shape: Any = None

    def take(self) -> str:
        """An empty database that has the schema."""
        if self._spare:
            return self._spare.pop()
        name = f"test_{uuid4().hex[:16]}"
        self._prepare(name)
        self._shape = self._shape_of(name)
        return name

    def give_back(self, name: str) -> None:
        """Empty it for the next test; one that holds much or has another schema now is dropped."""
        stored = self._mongo[name].command("dbStats")["objects"]
        if stored > FEW_DOCUMENTS or self._shape_of(name) != self._shape:
            self._mongo.drop_database(name)
            return
        database = self._mongo.get_database(name, write_concern=WriteConcern(w=1))
        for collection in self._shape[0]:
            if collection != SCHEMA:
                database[collection].delete_many({})
        # One wait for the journal, not one for each: what reads by a majority must find nothing left over.
        self._mongo[name][SCHEMA].update_one({"_id": "indexes"}, {"$set": {"emptied": uuid4().hex}})
        self._spare.append(name)

    def _shape_of(self, name: str) -> tuple[dict[str, Any], int]:
        """Collections with their options, and how many indexes there are."""
        database = self._mongo[name]
        options = {found["name"]: found.get("options") for found in database.list_collections()}
        return options, database.command("dbStats")["indexes"]
