-- load_sizes: per hour, bytes of its loaded files, and the longest time from publication to the lake, seconds.
select date, hour, sum(bytes), max(epoch(loaded_at - published_at))
from loaded_files
where {in hours}
group by date, hour;
