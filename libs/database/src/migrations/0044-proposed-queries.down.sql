ALTER TABLE memori.question_feedback DROP COLUMN proposal;
