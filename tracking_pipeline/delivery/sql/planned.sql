-- Temp table planned: the next round's events. Key: event_id. Clients go by their oldest event, and each with all that
-- it has, so that its events share requests; one that would not fit is taken in blocks of $block events, so that a
-- round's end splits no request. About $limit rows, at most $block - 1 more.
create or replace temp table planned as
with young as (
  select event_id, occurred_at, client_hash
  from unsent
  where occurred_at >= $expired_before
),
clients as (
  select client_hash, min(occurred_at) as first_at, count(*) as events
  from young
  group by client_hash
),
queue as (
  select
    client_hash,
    sum(events) over (order by first_at, client_hash rows between unbounded preceding and current row) - events as ahead
  from clients
),
next_clients as (
  select client_hash, ahead
  from queue
  where ahead < $limit
),
placed as (
  select
    y.event_id,
    y.occurred_at,
    n.ahead,
    row_number() over (partition by y.client_hash order by y.occurred_at, y.event_id) - 1 as place
  from young y
  join next_clients n using (client_hash)
)
select event_id, occurred_at
from placed
where ahead + place // $block * $block < $limit;
