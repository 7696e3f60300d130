-- {batch}: the rows of the part files to load, as a temporary view: no copy of them in memory.
-- Grain: one row per row of a file. source_file is relative to the landing zone.
create or replace temp view {batch} as
select
  {columns},
  substr(filename, {skip}) as source_file,
  file_row_number as ordinal
from read_parquet(
  [{files}], filename = true, file_row_number = true, hive_partitioning = false, union_by_name = true
);
