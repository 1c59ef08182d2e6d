-- An answer that its asker found right proposes a verified query, until a curator says what becomes of it. It is a
-- part of the verdict, so it goes with its question and with whoever gave it.
ALTER TABLE memori.question_feedback ADD COLUMN proposal text CHECK (proposal IN ('open', 'promoted', 'rejected'));
CREATE INDEX question_feedback_proposed ON memori.question_feedback (tenant_id, id) WHERE proposal = 'open';
