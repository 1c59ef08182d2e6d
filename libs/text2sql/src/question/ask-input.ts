import { DomainError, InvalidRequestError } from '@memori/errors';
import { isId } from '@memori/scope';
import { FieldChecks, MAX_NAMESPACE_LENGTH } from '@memori/session';
import { characterCount, isTimeZone, textFault } from '@memori/text';
import { isLanguageTag } from '../context/asker';

export const MAX_QUESTION_LENGTH = 10_000;
const MAX_KEY_LENGTH = 255;

/** What a client asks. */
export interface AskInput {
  readonly question?: string | null;
  readonly dataSourceId?: string | null;
  readonly sessionId?: string | null;
  readonly namespace?: string | null;
  readonly execute?: boolean | null;
  readonly maxRows?: number | null;
  readonly model?: string | null;
  readonly language?: string | null;
  readonly timeZone?: string | null;
  readonly summarize?: boolean | null;
  readonly dryRun?: boolean | null;
  readonly replyTo?: string | null;
  readonly option?: number | null;
}

const DEFAULT_MAX_ROWS = 1000;

/** Checks everything that can be checked without looking anything up. */
export function checkAskInput(input: AskInput, mostRows: number): void {
  const checks = new FieldChecks();
  checkQuestion(checks, input);
  checks.optionalText('/dataSourceId', input.dataSourceId, 200);
  checks.optionalText('/sessionId', input.sessionId, 500);
  checks.optionalText('/namespace', input.namespace, MAX_NAMESPACE_LENGTH);
  checks.optionalText('/model', input.model, 200);
  if (input.maxRows != null) checks.integer('/maxRows', input.maxRows, 1, mostRows);
  for (const name of ['execute', 'summarize', 'dryRun'] as const) {
    if (input[name] != null && typeof input[name] !== 'boolean') checks.add(`/${name}`, 'must be true or false');
  }
  if (input.timeZone != null && !(typeof input.timeZone === 'string' && isTimeZone(input.timeZone)))
    checks.add('/timeZone', 'must be an IANA time zone such as Europe/Berlin');
  if (input.language != null && !(typeof input.language === 'string' && isLanguageTag(input.language)))
    checks.add('/language', 'must be a language tag (BCP 47) such as en or zh-CN');
  checkReply(checks, input);
  checks.throwIfAny();
}

/** The rows that a caller gets when he names no number, or the most that anybody gets. */
export function maxRowsOf(input: Pick<AskInput, 'maxRows'>, mostRows: number): number {
  return input.maxRows ?? Math.min(DEFAULT_MAX_ROWS, mostRows);
}

/** `Idempotency-Key`, decoded. */
export function checkIdempotencyKey(key: string): void {
  const length = characterCount(key);
  if (length > 0 && length <= MAX_KEY_LENGTH && !textFault(key)) return;
  throw new InvalidRequestError(`"Idempotency-Key" must have 1 to ${MAX_KEY_LENGTH} characters and no NUL.`);
}

function checkQuestion(checks: FieldChecks, { question, option }: AskInput): void {
  if (question == null && option != null) return;
  if (typeof question === 'string' && characterCount(question) > MAX_QUESTION_LENGTH)
    throw new QuestionTooLongError(characterCount(question));
  if (typeof question === 'string' && question.trim() === '') return checks.add('/question', 'must not be empty');
  checks.text('/question', question, MAX_QUESTION_LENGTH);
}

function checkReply(checks: FieldChecks, { replyTo, option, question }: AskInput): void {
  if (replyTo != null && !isId(replyTo)) checks.add('/replyTo', 'must be the id of a question');
  if (option == null) return;
  if (replyTo == null) checks.add('/option', 'needs "replyTo", the id of the question that offered the options');
  if (question != null) checks.add('/option', 'answers the clarification in place of "question"; give one of them');
  checks.integer('/option', option, 0, 100);
}

class QuestionTooLongError extends DomainError {
  constructor(length: number) {
    super(
      'too-large',
      'question-too-long',
      `The question has ${length} characters; at most ${MAX_QUESTION_LENGTH} are taken.`,
      { errors: [{ pointer: '/question', message: `must have at most ${MAX_QUESTION_LENGTH} characters` }] },
    );
  }
}
