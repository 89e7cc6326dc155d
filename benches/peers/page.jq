# The same jobs in one pass, for `jq -cnR`.
reduce (inputs | fromjson? | objects) as $record ({records: 0, errors: 0, completed: 0, failed: 0};
    .records += 1
    | .level[$record.level] += 1
    | .module[$record.module] += 1
    | (if $record.level == "ERROR" or $record.level == "WARNING"
       then .message[$record.message[:50]] += 1 else . end)
    | (if $record.level == "ERROR" or $record.level == "CRITICAL" then .errors += 1 else . end)
    | (if $record.client_id then .client[$record.client_id] += 1 else . end)
    | .hour[$record.timestamp[11:13]] += 1
    | ($record.message) as $message
    | if $message | contains("Task completed") then .completed += 1
      elif $message | (contains("Task failed") or contains("Task cancelled")) then .failed += 1
      else . end)
| [.records, .errors, .completed, .failed]
