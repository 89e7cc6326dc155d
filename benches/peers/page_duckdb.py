"""The same jobs in SQL: one pass over the log into a table, and questions to the table."""

import json
import sys

import duckdb

COLUMNS = ["timestamp", "level", "module", "message", "client_id"]

log = duckdb.connect()
log.execute(
    """
    create temp table log as
    select level, module, client_id, message[:50] as beginning,
        hour(timestamp::timestamp) as hour,
        contains(message, 'Task completed') as completed,
        contains(message, 'Task failed') or contains(message, 'Task cancelled') as failed
    from read_json(?, format = 'newline_delimited', ignore_errors = true, columns = ?)
    where level is not null
    """,
    [sys.argv[1], {name: "VARCHAR" for name in COLUMNS}],
)
TABLES = {
    "level": "true",
    "module": "true",
    "beginning": "level in ('ERROR', 'WARNING')",
    "client_id": "client_id is not null",
    "hour": "true",
}
for column, condition in TABLES.items():
    log.execute(
        f"select {column}, count(*) from log where {condition} group by all order by 2 desc limit 24"
    ).fetchall()
COUNTS = """
    select count(*), count(*) filter (level in ('ERROR', 'CRITICAL')),
        count(*) filter (completed), count(*) filter (failed and not completed) from log
"""
print(json.dumps(log.execute(COUNTS).fetchone()))
