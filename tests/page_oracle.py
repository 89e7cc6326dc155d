"""The figures of the monitoring page's scripts, by Python's own json, Counter and datetime.

Reads the paths of logs from standard input, each a JSON string on a line of its own, and answers
each with one line of JSON. For `page_oracle.rs`; needs Python 3.7.
"""

import json
import sys
from collections import Counter
from datetime import datetime

LISTED = {"ERROR", "WARNING"}
ERRORS = {"ERROR", "CRITICAL"}
UNSUCCESSFUL = ("Task failed", "Task cancelled")


def records(path):
    """The lines that Python takes for JSON, decoded; like the page, it passes over others."""
    with open(path, encoding="utf-8") as log:
        for line in log:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                pass


def figures(path):
    """Rankings in the order of the page, and the counts behind its two shares."""
    levels, modules, messages, clients, hours = (Counter() for _ in range(5))
    total = errors = completed = failed = 0
    for record in records(path):
        level, message = record["level"], record["message"]
        total += 1
        errors += level in ERRORS
        levels[level] += 1
        modules[record["module"]] += 1
        if level in LISTED:
            messages[message[:50]] += 1
        if "client_id" in record:
            clients[record["client_id"]] += 1
        hours[datetime.fromisoformat(record["timestamp"]).hour] += 1
        if "Task completed" in message:
            completed += 1
        elif any(words in message for words in UNSUCCESSFUL):
            failed += 1
    return {
        "levels": levels.most_common(),
        "modules": modules.most_common(),
        "messages": messages.most_common(),
        "clients": sorted(clients.items(), key=lambda row: -row[1]),
        "hours": sorted(hours.items()),
        "top_modules": modules.most_common(10),
        "top_messages": messages.most_common(5),
        "records": total,
        "errors": errors,
        "error_rate": errors / total if total else 0.0,
        "completed": completed,
        "failed": failed,
        "failure_rate": failed / (completed + failed) if completed + failed else 0.0,
    }


for request in sys.stdin:
    print(json.dumps(figures(json.loads(request))), flush=True)
