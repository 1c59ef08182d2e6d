import { FRESH, type GoldQuestion, type Random, VERIFIED } from './store-questions';

export type AskedKind = 'fresh' | 'verified' | 'repeat' | 'follow-up';

/** One question of the workload. Each opens a session of its own, but for a follow-up. */
export interface Asked {
  readonly kind: AskedKind;
  readonly user: string;
  readonly question: string;
  readonly sql: string;
  /** Of a follow-up: the place of the question in whose session it is asked. */
  readonly after?: number;
}

const SHARE = { verified: 0.2, repeat: 0.3, 'follow-up': 0.1 };
/** Users; each asks about so many questions. */
const QUESTIONS_PER_USER = 20;

/** The same words with what people add and change without a thought. No paraphrase: those go to the model. */
const REWORDINGS: readonly ((question: string) => string)[] = [
  (question) => question,
  (question) => question,
  (question) => question.toLowerCase(),
  (question) => question.replace(/[?？]$/, ''),
  (question) => (/\p{Script=Han}/u.test(question) ? `请问${question}` : `Please, ${question}`),
  (question) => (/\p{Script=Han}/u.test(question) ? `${question}谢谢` : `${question.replace(/\?$/, '')}, please?`),
];

/** The same for the same seed: a share of each kind, repeats and follow-ups after what they go back to. */
export function workload(count: number, seed = 1): Asked[] {
  const random = numbersFrom(seed);
  const kinds = shuffled(kindsOf(count), random);
  const users = Math.max(2, Math.round(count / QUESTIONS_PER_USER));
  const asked: Asked[] = [];
  const fresh: { at: number; gold: GoldQuestion; isFollowed: boolean }[] = [];
  const known = new Set<string>();
  const someUser = () => `user-${random(users)}`;
  for (const wanted of kinds) {
    const followed = fresh.filter(({ gold, isFollowed }) => gold.followUp && !isFollowed).slice(-20);
    if (wanted === 'verified') {
      asked.push({ kind: wanted, user: someUser(), ...goldOf(VERIFIED[random(VERIFIED.length)]!.ask(random)) });
    } else if (wanted === 'repeat' && fresh.length > 0) {
      const { at, gold } = fresh[random(fresh.length)]!;
      const question = REWORDINGS[random(REWORDINGS.length)]!(gold.question);
      // As often the one who asked before as somebody else.
      const user = random(2) === 0 ? asked[at]!.user : someUser();
      asked.push({ kind: wanted, user, question, sql: gold.sql });
    } else if (wanted === 'follow-up' && followed.length > 0) {
      const origin = followed[random(followed.length)]!;
      origin.isFollowed = true;
      asked.push({ kind: wanted, user: asked[origin.at]!.user, ...goldOf(origin.gold.followUp!), after: origin.at });
    } else {
      const gold = unknown(known, random);
      fresh.push({ at: asked.length, gold, isFollowed: false });
      asked.push({ kind: 'fresh', user: someUser(), ...goldOf(gold) });
    }
  }
  return asked;
}

function goldOf({ question, sql }: GoldQuestion) {
  return { question, sql };
}

function unknown(known: Set<string>, random: Random): GoldQuestion {
  for (;;) {
    const gold = FRESH[random(FRESH.length)]!(random);
    if (known.has(gold.question)) continue;
    known.add(gold.question);
    return gold;
  }
}

/** The first questions are new ones: before them there is nothing to repeat. */
function kindsOf(count: number): AskedKind[] {
  const some = (kind: keyof typeof SHARE) => Array.from({ length: Math.round(count * SHARE[kind]) }, () => kind);
  const others: AskedKind[] = [...some('verified'), ...some('repeat'), ...some('follow-up')];
  return [...others, ...Array.from({ length: count - others.length }, () => 'fresh' as const)];
}

function shuffled(kinds: AskedKind[], random: Random): AskedKind[] {
  for (let at = kinds.length - 1; at > 0; at--) {
    const other = random(at + 1);
    [kinds[at], kinds[other]] = [kinds[other]!, kinds[at]!];
  }
  // Repeats and follow-ups need something before them; this keeps the shares exact.
  const firsts = kinds.splice(kinds.indexOf('fresh'), 1);
  for (let more = 0; more < 4 && kinds.includes('fresh'); more++)
    firsts.push(...kinds.splice(kinds.indexOf('fresh'), 1));
  return [...firsts, ...kinds];
}

/** Mulberry32: small, good enough, and the same everywhere. */
export function numbersFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
