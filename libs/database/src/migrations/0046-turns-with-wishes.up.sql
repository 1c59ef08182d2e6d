-- Turns in which a user says what he wants to hold from now on (TRAIT.wishes): few among many, wanted for every prompt.
CREATE INDEX turns_with_wishes ON memori.turns (tenant_id, user_id, namespace, occurred_at) WHERE (traits & 64) <> 0;
