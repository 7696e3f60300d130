-- Temp table planned: the oldest unsent events, one row each, with the size of the whole backlog. Key: event_id.
-- Unsent: newest ledger row (by load_id) is missing, unsent or retry; young enough; received since the destination is.
-- $date, $hour: the first hour of receipt that can hold one, as constants, compared as a pair.
-- The size is a subquery: count(*) over () races in DuckDB 1.5.5 and ends the process (duckdb issue 25713; seen here).
-- $ledger_date: no receipt of an event this young is older, wherever its row rests by now.
create or replace temp table planned as
with newest as (
  select
    event_id,
    max_by(state, load_id) as state
  from deliveries
  where destination = $destination
    and date >= $ledger_date
  group by event_id
),
unsent as materialized (
  select
    e.event_id,
    e.occurred_at,
    e.date,
    e.hour
  from events e
  left join newest n on n.event_id = e.event_id
  where (e.date > $date or (e.date = $date and e.hour >= $hour))
    and e.received_at >= $since
    and e.occurred_at >= $expired_before
    and coalesce(n.state, 'unsent') in ('unsent', 'retry')
)
select
  *,
  (select count(*) from unsent) as backlog
from unsent
order by occurred_at, event_id
limit $limit;
