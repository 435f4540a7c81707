"""Databases for tests: copies of one with all that the service wants in it, emptied and used again."""

from typing import Any
from uuid import uuid4

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

#: Emptying takes longer than making anew from about here on.
FEW_DOCUMENTS = 2_000
#: What the service says there about its schema is as true in a copy and in the next test.
SCHEMA = "schema"
BY_ID = "_id_"

Json = dict[str, Any]


class Databases:
    """The databases of one mongod that no test is using; `template` is one as the service makes it."""

    def __init__(self, mongo: MongoClient[Json], template: str) -> None:
        self._mongo = mongo
        self._options, _ = self._shape = self._shape_of(template)
        self._indexes = {
            name: [index for index in mongo[template][name].list_indexes() if index["name"] != BY_ID]
            for name in self._options
        }
        self._ensured = list(mongo[template][SCHEMA].find())
        self._spare: list[str] = []

    def take(self) -> str:
        """An empty database that has the schema."""
        return self._spare.pop() if self._spare else self._copy()

    def give_back(self, name: str) -> None:
        """Empty it for the next test; one that holds much or has another schema now is dropped."""
        stored = self._mongo[name].command("dbStats")["objects"]
        if stored > FEW_DOCUMENTS or self._shape_of(name) != self._shape:
            self._mongo.drop_database(name)
            return
        database = self._at_once(name)
        for collection in self._options:
            if collection != SCHEMA:
                database[collection].delete_many({})
        # One wait for the journal, not one for each: what reads by a majority must find nothing left over.
        self._mongo[name][SCHEMA].update_one({"_id": "indexes"}, {"$set": {"emptied": uuid4().hex}})
        self._spare.append(name)

    def _copy(self) -> str:
        name = f"test_{uuid4().hex[:16]}"
        database = self._at_once(name)
        for collection, options in self._options.items():
            database.create_collection(collection, **options)
            if indexes := self._indexes[collection]:
                database.command("createIndexes", collection, indexes=indexes, writeConcern={"w": 1})
        database[SCHEMA].insert_many(self._ensured)
        return name

    def _at_once(self, name: str) -> Database[Json]:
        """A database that nobody waits for until it is safe on the disk."""
        return self._mongo.get_database(name, write_concern=WriteConcern(w=1))

    def _shape_of(self, name: str) -> tuple[Json, int]:
        """Collections with their options, and how many indexes there are."""
        database = self._mongo[name]
        options = {found["name"]: found.get("options", {}) for found in database.list_collections()}
        return options, database.command("dbStats")["indexes"]
