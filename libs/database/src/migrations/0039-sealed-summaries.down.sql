DROP TRIGGER summary_goes_with_rows ON memori.questions;
DROP FUNCTION memori.summary_goes_with_rows();
ALTER TABLE memori.questions DROP COLUMN summary_sealed;
