-- Events that the ledger knows and the lake does not store. One row: their number. $first: first day of the ledger that
-- is looked at; $first_event: first day on which their rows can rest.
select count(distinct event_id)
from deliveries
where date >= $first
  and event_id not in (select event_id from events where date >= $first_event);
