-- Close as `uncertain`, after a catalog was restored, the events that the destination may have got although the ledger
-- does not say so: young enough to have been sent, received since the destination is, and in no final state there.
-- Grain: one row per event. Idempotent: `uncertain` is a final state.
insert into deliveries (event_id, destination, state, attempt_id, reason, recorded_at, load_id, date, hour)
select e.event_id, $destination, 'uncertain', $attempt_id, 'restored', $at, $load_id, e.date, e.hour
from events e
left join (
  select event_id, max_by(state, load_id) as state
  from deliveries
  where destination = $destination
  group by event_id
) d using (event_id)
where e.occurred_at >= $oldest
  and e.received_at >= $since
  and coalesce(d.state, 'unsent') in ('unsent', 'retry', 'leased');
