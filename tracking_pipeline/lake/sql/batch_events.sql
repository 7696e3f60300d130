-- batch: the rows of the part files to load, read once to their end (a damaged file fails here, before BEGIN).
-- Grain: one row per row of a file. $skip: length of the landing zone's root and its slash.
create or replace temp table batch as
select
  {columns},
  substr(filename, $skip) as source_file,
  file_row_number as ordinal
from read_parquet(
  $files, filename = true, file_row_number = true, hive_partitioning = false, union_by_name = true
);
