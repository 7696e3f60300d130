-- Temp table wanted_clients: the clients of the planned events. Key: (client_kind, client).
create or replace temp table wanted_clients as
select distinct
  client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
  client(anonymous_id, device_id, device_is_new, user_id) as client
from events
semi join planned using (event_id)
where date >= $from_date
  and occurred_at between $from_at and $to_at
  and client(anonymous_id, device_id, device_is_new, user_id) is not null;
