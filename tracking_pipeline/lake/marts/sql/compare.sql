-- One row: clients sampled; events of the last days that the marts lack or have too many of; sessions that differ.
with computed as (
  select client_kind, client, session_start as started_at, max(occurred_at) as ended_at, count(*) as events
  from session_starts
  group by client_kind, client, session_start
),
stored as (
  select s.client_kind, s.client, s.started_at, s.ended_at, s.events
  from sessions s
  join sampled_clients c on c.client_kind = s.client_kind and c.client = s.client and s.started_at >= c.from_at
),
days as (
  select max(day) - cast($days as integer) as after from events_by_day
),
in_lake as (
  select count(*) as n
  from events
  where date > (select after from days)
    and cast(occurred_at as date) > (select after from days)
    and load_id <= $upto
    and not is_bot
),
in_marts as (
  select count(*) as n
  from events_by_day
  where day > (select after from days)
    and event_id not in (select event_id from removed where load_id > $upto)
)
select
  (select count(*) from sampled_clients) as clients_sampled,
  coalesce((select n from in_lake), 0) - coalesce((select n from in_marts), 0) as events_missing,
  (select count(*) from (from computed except from stored)) + (select count(*) from (from stored except from computed))
    as sessions_differ;
