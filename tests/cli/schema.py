#!/usr/bin/env python3
"""The published JSON Schema, read by another program than ours.

usage: schema.py ECE_MIGRATE docs/migration.schema.json EXAMPLE

The committed schema is the generated one; it is a right draft-07 schema; it accepts the starter file and the example; and for every
small change of the example (each key left out, an unknown key beside it, each value of another type, empty, out of range) it
agrees with `ece-migrate check`: what the schema rejects `check` rejects, and what `check` finds wrong in shape the schema
rejects. Ends with 77, which ctest shows as skipped, where python3-jsonschema is missing.
"""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

program, committed, example = sys.argv[1:4]


def run(*args):
    return subprocess.run([program, *args], capture_output=True, text=True, check=False).stdout


def places(value, path=()):
    """Every path in the document, the document's own first."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from places(child, path + (key,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def changed(document, path, value):
    document = copy.deepcopy(document)
    at(document, path[:-1])[path[-1]] = value
    return document


def without(document, path):
    document = copy.deepcopy(document)
    del at(document, path[:-1])[path[-1]]
    return document


def variants(document):
    for path in places(document):
        if path[:1] == ("hosts",) and path[1:2] not in ((), ("sdb",)):
            continue  # the hosts are alike
        value = at(document, path)
        if isinstance(value, dict):
            yield changed(document, path + ("zebra",), 1)
        if not path:
            continue
        if isinstance(path[-1], str):
            yield without(document, path)
        for other in (None, True, 7, -1, 10**13, "", "x y", "a\x01", [], {}):
            yield changed(document, path, other)


# What the schema cannot know: who refers to whom, what fits together, and what is on this machine.
BEYOND = re.compile("is not among the hosts|overlaps|outside of|is not a /30|already|network track|lead back|not below|"
                    "gateway|bits set|there is no file|placeholder")


def verdicts(documents):
    """For each document the texts of all its faults, as `check` tells them."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.json")
        for document in documents:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(document, file)
            yield [fault["text"] for fault in json.loads(run("check", "--json", path))["faults"]]


def main():
    generated = run("schema")
    with open(committed, encoding="utf-8") as file:
        if file.read() != generated:
            sys.exit(f"{committed} is not what 'ece-migrate schema' prints: write it anew")
    schema = json.loads(generated)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    validator.validate(json.loads(run("init")))
    with open(example, encoding="utf-8") as file:
        document = json.load(file)
    validator.validate(document)
    documents = list(variants(document))
    rejected = wrong = 0
    for variant, faults in zip(documents, verdicts(documents)):
        errors = [error.message for error in validator.iter_errors(variant)]
        shape = [text for text in faults if not BEYOND.search(text)]
        rejected += bool(errors)
        if (errors and not faults) or (shape and not errors):
            wrong += 1
            print("they disagree:", json.dumps(variant), "schema:", errors, "check:", shape, sep="\n  ")
    print(f"{len(documents)} variants, {rejected} rejected, {wrong} disagreements")
    sys.exit(1 if wrong or not rejected else 0)


main()
