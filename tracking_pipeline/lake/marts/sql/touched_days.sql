-- Temp tables for daily_metrics; want the temp macro local_day.
-- event_days: days whose events changed. near_clients: all clients of the touched visitors; moved_clients: those of
-- visitors that a client joined or left.
create or replace temp table event_days as
select local_day(occurred_at) as day from new_events_by_day
union
select local_day(occurred_at) from gone_events_by_day;
create or replace temp table moved_visitors as
with moves as (
  select n.visitor_id as new_id, g.visitor_id as old_id
  from new_visitors n
  join gone_visitors g on g.client_kind = n.client_kind and g.client = n.client
  where n.visitor_id <> g.visitor_id
)
select new_id as visitor_id from moves
union
select old_id from moves;
create or replace temp table near_clients as
select client_kind, client from visitors_before
union
select client_kind, client from visitor_clients;
create or replace temp table moved_clients as
select client_kind, client from visitors_before semi join moved_visitors using (visitor_id)
union
select client_kind, client from visitor_clients semi join moved_visitors using (visitor_id);
