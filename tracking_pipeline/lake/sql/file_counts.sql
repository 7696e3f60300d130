-- Rows of each file in the batch, and how many lack a required value (such a file is not one of ours).
select
  source_file,
  count(*) as rows_read,
  count(*) filter (
    where event_id is null or message_id is null or source is null or type is null
      or occurred_at is null or occurred_from is null or received_at is null
      or device_is_new is null or dialect is null
  ) as incomplete
from batch
group by source_file;
