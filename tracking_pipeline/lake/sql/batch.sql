-- Temp view {batch}: the rows of some part files, so that a load reads them without holding them in memory.
-- Grain: one row per row of a file. source_file is relative to the landing zone.
-- {optional}: columns that older part files lack, as `cast(null as …) as …`. They are null there.
create or replace temp view {batch} as
select
  {columns},
  substr(filename, {skip}) as source_file,
  file_row_number as ordinal
from (
  select {optional}
  where false
  union all by name
  select *
  from read_parquet(
    [{files}], filename = true, file_row_number = true, hive_partitioning = false, union_by_name = true
  )
);
