-- Rows of each file of refused events in the batch, and how many lack a required value.
select
  source_file,
  count(*) as rows_read,
  count(*) filter (
    where reason is null or source is null or received_at is null or original_bytes is null or dialect is null
  ) as incomplete
from batch_rejected
group by source_file;
