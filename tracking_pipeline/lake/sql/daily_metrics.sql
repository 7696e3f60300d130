-- daily_metrics: one row per day of the setting TRACKING_TIMEZONE. No bots.
create or replace view daily_metrics as
select
  cast(timezone('{timezone}', timezone('UTC', occurred_at)) as date) as day,
  count(*) as events,
  count(*) filter (where type = 'page') as page_views,
  count(distinct {client_kind} || ':' || {client}) as visitors,
  count(distinct user_id) as users
from events
where not is_bot
group by day;
