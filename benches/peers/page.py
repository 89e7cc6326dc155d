"""The jobs of the monitoring page's three scripts, one pass over the log each, as the page does it.

Prints what the passes have counted as one line of JSON.
"""

import json
import sys
from collections import Counter, defaultdict
from datetime import datetime


def analyze(path):
    """The log analysis: five tables."""
    levels, modules, messages = Counter(), Counter(), Counter()
    clients, hours = defaultdict(int), defaultdict(int)
    with open(path, encoding="utf-8") as log:
        for line in log:
            try:
                record = json.loads(line)
                levels[record.get("level")] += 1
                modules[record.get("module")] += 1
                if record.get("level") in ["ERROR", "WARNING"]:
                    messages[record.get("message")[:50]] += 1
                if "client_id" in record:
                    clients[record["client_id"]] += 1
                hours[datetime.fromisoformat(record.get("timestamp")).hour] += 1
            except json.JSONDecodeError:
                continue
    levels.most_common()
    modules.most_common(10)
    messages.most_common(5)
    sorted(clients.items(), key=lambda row: row[1], reverse=True)[:10]
    sorted(hours)


def error_rate(path):
    """The alert on the share of errors."""
    records = errors = 0
    with open(path, encoding="utf-8") as log:
        for line in log:
            try:
                record = json.loads(line)
                records += 1
                if record.get("level") in ["ERROR", "CRITICAL"]:
                    errors += 1
            except ValueError:
                continue
    return records, errors


def failure_rate(path):
    """The alert on the share of failed tasks."""
    completed = failed = 0
    with open(path, encoding="utf-8") as log:
        for line in log:
            try:
                message = json.loads(line).get("message", "")
                if "Task completed" in message:
                    completed += 1
                elif "Task failed" in message or "Task cancelled" in message:
                    failed += 1
            except ValueError:
                continue
    return completed, failed


analyze(sys.argv[1])
records, errors = error_rate(sys.argv[1])
completed, failed = failure_rate(sys.argv[1])
print(json.dumps([records, errors, completed, failed]))
