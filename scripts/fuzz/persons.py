"""Who asks, for schemathesis: see scripts/fuzz-api.

They sign in anew for each operation, so that one that ends a session, or uses it to see tables as somebody else, spoils
nothing but itself; one that ends all of theirs at once (operations run two at a time) is followed by a new sign-in. Half of
the time what they ask for is there.

FUZZ_DOOR is where to sign in (empty for nobody), FUZZ_EMAIL and FUZZ_PASSWORD who; FUZZ_ORGANIZATION for which one they act."""

import atexit
import collections
import os
import random
import threading

import requests
import schemathesis

ADDRESS = os.environ["FUZZ_ADDRESS"] + "/api/v1"
DOOR = os.environ.get("FUZZ_DOOR", "")
EMAIL = os.environ.get("FUZZ_EMAIL", "")
OWN = {"sec-fetch-site": "same-origin"}
if os.environ.get("FUZZ_ORGANIZATION"):
    OWN["quarterdeck-organization"] = os.environ["FUZZ_ORGANIZATION"]
# Where being signed out is what was asked for, or what a door says that leads further.
SIGNED_OUT = ("session.", "account.delete", "account.create", "account.enrol", "account.confirm-enrolment", "account.second-factor",
              "profile.revoke-session", "account.revoke-session", "account.prove", "account.create-by",
              "account.confirm-passkey", "profile.confirm-passkey", "gate.verify")
THERE = {"source": "main", "schema": "public", "table": "things", "key": "identity.magic_link"}

statuses = collections.Counter()
# Refused as nobody, with a session that goes on: a fault.
refused = collections.Counter()
# How often the session of an operation was ended under it, by another one.
ended = collections.Counter()
one_at_a_time = threading.Lock()
looking = {}


def name_of(operation) -> str:
    return operation.definition.raw.get("operationId", "")


def sign_in() -> str:
    answer = requests.post(ADDRESS + DOOR, json={"email": EMAIL, "password": os.environ["FUZZ_PASSWORD"]}, headers=OWN, timeout=30)
    answer.raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def ids(collection: str) -> list:
    """What there is, but themself."""
    for _ in range(2):
        if "cookie" not in looking:
            looking["cookie"] = sign_in()
        answer = requests.get(f"{ADDRESS}/{collection}?limit=20", headers={**OWN, "cookie": looking["cookie"]}, timeout=30)
        if answer.status_code == 200 and isinstance(answer.json(), list):
            return [row["id"] for row in answer.json() if isinstance(row, dict) and "id" in row and row.get("email") != EMAIL]
        if answer.status_code != 401:
            return []
        del looking["cookie"]
    return []


if DOOR:

    @schemathesis.auth(refresh_interval=None, cache_by_key=lambda case, context: f"{name_of(case.operation)} {ended[name_of(case.operation)]}")
    class Person:
        def get(self, case, context):
            return sign_in()

        def set(self, case, data, context):
            case.headers = case.headers or {}
            case.headers.update(OWN)
            case.headers["cookie"] = data


def goes_on(cookie: str) -> bool:
    answer = requests.get(ADDRESS + DOOR, headers={**OWN, "cookie": cookie}, timeout=30)
    return answer.status_code == 200 and answer.json().get("state") == "signed_in"


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or random.random() < 0.4:
        return path_parameters
    found = dict(path_parameters)
    for name in found:
        if name in THERE:
            found[name] = THERE[name]
    if DOOR and "id" in found:
        with one_at_a_time:
            there = ids(context.operation.path.split("/")[3])
        if there:
            found["id"] = random.choice(there)
    return found


@schemathesis.hook
def after_call(context, case, response):
    with one_at_a_time:
        statuses[response.status_code] += 1
        name = name_of(case.operation)
        # What is asked without their cookie is asked as nobody.
        cookie = (case.headers or {}).get("cookie")
        if cookie and response.status_code == 401 and not name.startswith(SIGNED_OUT):
            (refused if goes_on(cookie) else ended)[name] += 1


@atexit.register
def told() -> None:
    print("Statuses:", ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    for what, names in (("Refused while signed in:", refused), ("Sessions ended by others:", ended)):
        if names:
            print(what, ", ".join(f"{name} ({count})" for name, count in sorted(names.items())))
