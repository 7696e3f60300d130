-- Temp table replayable: the chosen events of a destination in their state of now, and whether they are too old to
-- leave. Key: event_id. Null parameters choose everything; $states is a list, $first and $last are instants of receipt.
create or replace temp table replayable as
select event_id, date, hour, state, reason, http_status, expires_at < $now as is_too_old
from delivery_status
where destination = $destination
  and list_contains($states, state)
  and ($reason is null or reason = $reason)
  and ($first is null or (date >= cast($first as date) and received_at >= $first))
  and ($last is null or (date <= cast($last as date) and received_at < $last))
  and ($ids is null or list_contains($ids, message_id) or list_contains($ids, cast(event_id as varchar)));
