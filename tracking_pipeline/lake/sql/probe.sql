-- Read {batch} to its end, every value of it (a damaged file fails here, before BEGIN), and count per file: its rows,
-- and those that lack a required value (such a file is not one of ours).
select
  source_file,
  count(*) as rows_read,
  count(*) filter (where {incomplete}) as incomplete,
  {read}
from {batch}
group by source_file;
