DROP FUNCTION memori.end_delivery(uuid, int, text, text, bigint);
DROP FUNCTION memori.claim_deliveries(int, bigint);
DROP TRIGGER tell_webhooks ON memori.events;
DROP FUNCTION memori.tell_webhooks();
DROP TABLE memori.webhook_deliveries, memori.webhooks;
