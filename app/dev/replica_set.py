"""A mongod made the only member, and so the primary, of its replica set."""

from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

REPLICA_SET = "laurel"

_NOT_YET_INITIALIZED = 94

Client = MongoClient[dict[str, Any]]


def is_primary(port: int) -> bool:
    """True once the mongod on this port takes writes; asking brings it closer to that.

    A fresh server gets its replica set; one that stopped on another port is told its new address.
    """
    member = f"127.0.0.1:{port}"
    client: Client = MongoClient(f"mongodb://{member}/", directConnection=True, serverSelectionTimeoutMS=1000)
    with client:
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            _configure(client, member)
        except (ConnectionFailure, OperationFailure):
            # A server that starts up refuses for many reasons, all of them passing.
            return False
        return False


def _configure(client: Client, member: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        members = [{"_id": 0, "host": member}]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return
    if config["members"][0]["host"] != member:
        config["members"][0]["host"] = member
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)
