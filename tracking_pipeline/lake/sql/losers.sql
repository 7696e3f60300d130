-- losers: every copy but the first received, of ids that have several. Total order: (received_at, file, ordinal).
create or replace temp table losers as
with copies as (
  select event_id, received_at, source_file, ordinal, false as in_lake
  from ids
  where event_id in (
    select event_id from ids group by event_id having count(*) > 1
    union
    select event_id from known
  )
  union all
  select event_id, received_at, source_file, ordinal, true as in_lake
  from known
)
select *
from copies
qualify row_number() over (partition by event_id order by received_at, source_file, ordinal) > 1;
