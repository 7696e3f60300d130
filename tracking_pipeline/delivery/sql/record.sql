-- Append ledger_rows (a registered table) to the ledger. Grain: one row per event and state change; at most one per
-- event in a call. Idempotent: what the ledger has for this event, attempt and state is not written again; such a row
-- is no older than transaction $from_load_id, in which the attempt cannot have been known.
insert into deliveries (
  event_id, destination, state, attempt_id, request_id, http_status, reason, client_id, session_id, journal,
  stream, fixes, recorded_at, load_id, date, hour
)
select
  cast(r.event_id as uuid),
  $destination,
  r.state,
  r.attempt_id,
  r.request_id,
  r.http_status,
  r.reason,
  r.client_id,
  r.session_id,
  r.journal,
  r.stream,
  r.fixes,
  $recorded_at,
  $load_id,
  cast(r.date as date),
  r.hour
from ledger_rows r
where not exists (
  select 1
  from deliveries d
  where d.destination = $destination
    and d.load_id >= $from_load_id
    and d.date >= $from_date
    and d.event_id = cast(r.event_id as uuid)
    and d.attempt_id = r.attempt_id
    and d.state = r.state
);
