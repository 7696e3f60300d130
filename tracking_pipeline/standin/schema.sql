-- What the stand-in received. Grain: one row per POST, per event that GA4 would keep, per event it would drop.
-- Key: the sequence numbers. Not idempotent on purpose: a request that is sent twice is there twice, as in GA4.
-- Times are Unix microseconds; JSON is kept as text, in the order it was sent.
create table if not exists requests (
    request_id integer primary key autoincrement,
    received_at integer not null,
    measurement_id text not null,
    client_id text not null,
    user_id text not null,
    user_properties text not null,
    consent text not null
) strict;

create table if not exists events (
    event_number integer primary key autoincrement,
    request_id integer not null references requests (request_id),
    position integer not null,
    name text not null,
    params text not null,
    timestamp_micros integer not null,
    problems text not null
) strict;

create index if not exists events_by_name on events (name);

create table if not exists problems (
    problem_number integer primary key autoincrement,
    request_id integer not null references requests (request_id),
    position integer,
    name text,
    params text not null,
    problems text not null
) strict;
