-- freshness: always one row: up to when everything is loaded, which part files wait, and how far the marts are.
-- Part files are listed in the landing zone as it is now ({landing}); one file a reader's glob cannot see does not wait.
create or replace view freshness as
with landed as (
  select substr(file, length('{landing}/') + 1) as path
  from (
    select file from glob('{landing}/events/date=*/hour=*/part-*.parquet')
    union all
    select file from glob('{landing}/rejected/date=*/hour=*/part-*.parquet')
  )
),
waiting as (
  select
    count(*) as files,
    count(distinct hour_start) as hours,
    min(hour_start) as oldest
  from (
    select
      strptime(regexp_extract(path, 'date=([0-9-]+)/hour=([0-9]+)', 1)
        || regexp_extract(path, 'date=([0-9-]+)/hour=([0-9]+)', 2), '%Y-%m-%d%H') as hour_start
    from landed
    anti join loaded_files using (path)
  )
),
loaded as (
  select
    max(published_at) as loaded_up_to,
    max(loaded_at) as last_load_at,
    count(distinct load_id) filter (where load_id > coalesce((select max(load_id) from marts_state), 0))
      as loads_not_in_marts
  from loaded_files
)
select
  l.loaded_up_to,
  l.last_load_at,
  w.files as waiting_files,
  w.hours as waiting_hours,
  w.oldest as oldest_waiting_hour,
  l.loads_not_in_marts,
  (select max(refreshed_at) from marts_state) as marts_refreshed_at
from loaded l
cross join waiting w;
