-- bots: the batch's user agents that are bots, judged once per distinct agent.
create or replace temp table bots as
select user_agent
from (select distinct user_agent from batch where user_agent is not null)
where regexp_matches(user_agent, $pattern, 'i');
