-- Temp table settled: those of arrivals that the ledger knows as done. Key: event_id. Two narrow look-ups instead of
-- one wide one. $ledger_date: no receipt of an event this young is older, wherever its row rests by now.
create or replace temp table settled as
with known as (
  select event_id, state, load_id
  from deliveries
  where destination = $destination
    and date >= $ledger_date
    and event_id in (select event_id from arrivals where not late)
  union all
  select event_id, state, load_id
  from deliveries
  where destination = $destination
    and date >= $ledger_date
    and event_id in (select event_id from arrivals where late)
)
select event_id
from known
group by event_id
having max_by(state, load_id) not in ('unsent', 'retry');
