DROP FUNCTION memori.pause(text, bigint);
DROP FUNCTION memori.release_slot(bigint, uuid);
DROP FUNCTION memori.renew_slot(bigint, uuid, bigint);
DROP FUNCTION memori.acquire_slot(jsonb);
DROP FUNCTION memori.ms_until(timestamptz);
DROP FUNCTION memori.begin_lease_epoch();
DROP FUNCTION memori.current_lease_epoch(bigint);
DROP TABLE memori.pauses, memori.leases, memori.lease_epoch;
DROP SEQUENCE memori.lease_epochs, memori.fences;
