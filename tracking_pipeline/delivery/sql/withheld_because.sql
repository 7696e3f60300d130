-- Temp macro withheld_because: why an event stays, whatever the destination; null of one that may leave.
-- withdrawn_at: when its visitor last took consent back; null for never.
create or replace temp macro withheld_because(is_bot, consent, occurred_at, withdrawn_at) as
case
  when is_bot then 'bot'
  when occurred_at <= withdrawn_at then 'consent_withdrawn'
  when coalesce(consent, 'granted') <> 'granted' then 'consent'
end;
