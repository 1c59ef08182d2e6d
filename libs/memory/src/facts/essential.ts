import type { MemoryCategory } from '../memory.types';
import { factKey, normalPredicate, type Statement } from './fact-key';

/** A preference from here on holds whatever is asked. */
export const STRONG = 0.7;

/** What is trusted less never stands in a prompt unasked. */
const LEAST_STANDING_TRUST = 0.7;

const predicates = (...names: string[]): ReadonlySet<string> => new Set(names.map(normalPredicate));
/** Of the user: who he is. */
const IDENTITY = predicates(
  ...[
    'name',
    'is called',
    'is named',
    'full name',
    'role',
    'job',
    'job title',
    'title',
    'position',
    'profession',
    'occupation',
  ],
  ...[
    'works as',
    'works at',
    'works in',
    'works for',
    'employer',
    'company',
    'team',
    'department',
    'language',
    'speaks',
    'time zone',
    'country',
  ],
  ...['home city', 'lives in', 'location', 'responsible for'],
  ...[
    '名字',
    '姓名',
    '叫',
    '职位',
    '职业',
    '工作',
    '岗位',
    '任职',
    '任职于',
    '公司',
    '部门',
    '团队',
    '语言',
    '时区',
    '所在地',
    '居住地',
    '居住城市',
    '负责',
  ],
);

export function mayStand(trust: number): boolean {
  return trust >= LEAST_STANDING_TRUST;
}

/** Rules, strong preferences, and who the user is: what stands in every prompt. Decided by form, without a model. */
export function isEssential({
  category,
  importance,
  ...statement
}: Statement & { readonly category: MemoryCategory; readonly importance: number }): boolean {
  if (category === 'rule') return true;
  if (category === 'preference') return importance >= STRONG;
  return category === 'fact' && importance >= STRONG && isIdentity(statement);
}

function isIdentity(statement: Statement): boolean {
  const [subject, predicate] = factKey(statement).key?.split('\t') ?? [];
  return subject === 'user' && predicate !== undefined && IDENTITY.has(predicate);
}
