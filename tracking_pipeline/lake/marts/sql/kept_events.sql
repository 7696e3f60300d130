-- Add to the temp table kept_events: events of the hulls that the marts had and that did not leave, between $from_at and
-- $to_at. Each of them lies in a session, so a hull without one has none.
insert into kept_events
select e.*
from events_by_day e
semi join hulls h
  on h.has_sessions
  and h.client_kind = e.client_kind
  and h.client = e.client
  and e.occurred_at between h.first_at and h.last_at
anti join gone_events_by_day g on g.event_id = e.event_id
where {day in looked_days}
  and e.occurred_at between $from_at and $to_at;
