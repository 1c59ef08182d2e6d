import { DENIED, type FactKey, normalPredicate, type Statement, valueTokens } from './fact-key';

/** What one fact is to another: the same once more, its contradiction, or something else. */
export type Relation = 'same' | 'contradicts' | 'unrelated';

export type Keyed = Statement & FactKey;

const predicates = (...names: string[]): ReadonlySet<string> => new Set(names.map(normalPredicate));
/** Of these there can be several at a time, so that another one contradicts nothing. */
const SEVERAL = predicates(
  ...[
    'is',
    'are',
    'has',
    'have',
    'own',
    'like',
    'love',
    'enjoy',
    'want',
    'need',
    'plan',
    'visit',
    'buy',
    'eat',
    'read',
    'see',
  ],
  ...[
    'watch',
    'play',
    'know',
    'learn',
    'speak',
    'use',
    'meet',
    'attend',
    'say',
    'said',
    'told',
    'mention',
    'ask',
    'think',
    'do',
    'go',
    'work on',
  ],
  ...[
    '是',
    '有',
    '拥有',
    '喜欢',
    '爱',
    '想',
    '想要',
    '需要',
    '计划',
    '去',
    '去过',
    '买',
    '买了',
    '吃',
    '读',
    '看',
    '看过',
    '玩',
    '会',
    '学',
    '学习',
  ],
  ...['知道', '使用', '用', '参加', '说', '说过', '提到', '问', '认为', '觉得'],
);
/** Of these one may hold for each thing: another choice for the same thing replaces the first. */
const CHOICES = predicates('prefer', 'would like', 'wish', '偏好', '倾向', '倾向于', '希望', '更喜欢');

const SAME_SHARE = 0.75;
const SAME_THING_SHARE = 0.5;

/**
 * Decided by keys and words alone. The model is told to write predicates that have one value at a time; of those that by
 * their nature have several, only the contrary and another number for the same thing contradict.
 */
export function relationOf(left: Keyed, right: Keyed): Relation {
  if (left.fingerprint === right.fingerprint) return left.negated === right.negated ? 'same' : 'contradicts';
  if (left.key === null || left.key !== right.key) return 'unrelated';
  const [mine, theirs] = [valueTokens(left), valueTokens(right)];
  const share = shareOf(mine, theirs);
  const isSameValue =
    share >= SAME_SHARE && numbersOf(mine) === numbersOf(theirs) && mine.has(DENIED) === theirs.has(DENIED);
  if (left.negated !== right.negated) return isSameValue ? 'contradicts' : 'unrelated';
  if (isSameValue) return 'same';
  const predicate = left.key.split('\t')[1] ?? '';
  if (CHOICES.has(predicate)) return share >= SAME_THING_SHARE ? 'contradicts' : 'unrelated';
  if (!SEVERAL.has(predicate)) return 'contradicts';
  return isOtherNumber(mine, theirs) ? 'contradicts' : 'unrelated';
}

function shareOf(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const most = Math.max(left.size, right.size);
  if (most === 0) return 1;
  return [...left].filter((token) => right.has(token)).length / most;
}

/** "has 2 children" and "has 3 children". */
function isOtherNumber(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  const words = (tokens: ReadonlySet<string>) => new Set([...tokens].filter((token) => !isNumber(token)));
  const [mine, theirs] = [words(left), words(right)];
  if (mine.size === 0 || mine.size === left.size || theirs.size === right.size) return false;
  return shareOf(mine, theirs) === 1;
}

function numbersOf(tokens: ReadonlySet<string>): string {
  return [...tokens].filter(isNumber).sort().join(' ');
}

function isNumber(token: string): boolean {
  return /^\p{N}/u.test(token);
}
