-- Insert the batch's rows into {table}; `{side} join losers`: anti for events, semi for duplicates.
-- date and hour are the folder's, so that a row rests in the hour of its file.
insert into {table} ({columns})
select {values}
from batch b
left join agents a on a.user_agent = b.user_agent
left join networks w on w.ip = b.ip
{side} join (select source_file, ordinal from losers where not in_lake) l
  on b.source_file = l.source_file and b.ordinal = l.ordinal;
