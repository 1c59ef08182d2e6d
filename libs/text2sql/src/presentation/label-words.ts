import type { Meaning } from '../guard/output-columns';

/** How one language names what is computed. Undefined: it has no word for it. */
export interface LabelWords {
  /** Of a whole: 「订单数量」, "Number of orders". `of` is absent for count(*) over several tables. */
  call(name: string, of: string | undefined, isDistinct: boolean): string | undefined;
  readonly periods: Readonly<Record<string, string>>;
  /** What the rows of a table are called together. */
  rows(table: string): string;
}

const ENGLISH_CALLS: Readonly<Record<string, readonly [alone: string, before: string]>> = {
  sum: ['Total', 'Total'],
  avg: ['Average', 'Average'],
  max: ['Maximum', 'Maximum'],
  min: ['Minimum', 'Minimum'],
  running_sum: ['Running total', 'Running total of'],
  median: ['Median', 'Median'],
  percentile_cont: ['Percentile', 'Percentile of'],
  percentile_disc: ['Percentile', 'Percentile of'],
  stddev: ['Standard deviation', 'Standard deviation of'],
  stddev_samp: ['Standard deviation', 'Standard deviation of'],
  stddev_pop: ['Standard deviation', 'Standard deviation of'],
  variance: ['Variance', 'Variance of'],
  var_samp: ['Variance', 'Variance of'],
  var_pop: ['Variance', 'Variance of'],
  corr: ['Correlation', 'Correlation of'],
  rank: ['Rank', 'Rank'],
  dense_rank: ['Rank', 'Rank'],
  row_number: ['Number', 'Number'],
  string_agg: ['List', 'List of'],
  array_agg: ['List', 'List of'],
  json_agg: ['List', 'List of'],
  jsonb_agg: ['List', 'List of'],
  length: ['Length', 'Length of'],
};

export const ENGLISH: LabelWords = {
  call: (name, of, isDistinct) => {
    const thing = of === undefined ? undefined : lowered(of);
    if (name === 'count') return thing === undefined ? 'Count' : `Number of ${isDistinct ? 'distinct ' : ''}${thing}`;
    const words = ENGLISH_CALLS[name];
    return words && (thing === undefined ? words[0] : `${words[1]} ${thing}`);
  },
  periods: {
    year: 'Year',
    quarter: 'Quarter',
    month: 'Month',
    week: 'Week',
    day: 'Day',
    hour: 'Hour',
    minute: 'Minute',
    dow: 'Day of the week',
    isodow: 'Day of the week',
    doy: 'Day of the year',
    decade: 'Decade',
    century: 'Century',
  },
  rows: plural,
};

/** English words that are many already, or have no plural; those of irregular plurals are left as they are. */
const NOT_COUNTED =
  /(?:s|people|data|staff|children|men|women|news|info|information|equipment|inventory|stock|history|content|media|child|person|man|woman)$/i;

/** "Order" is "Orders", "Category" "Categories", "People" stays. */
function plural(text: string): string {
  if (!/\p{Script=Latin}$/u.test(text) || NOT_COUNTED.test(text)) return text;
  if (/[^aeiou]y$/i.test(text)) return text.replace(/y$/i, 'ies');
  return `${text}${/(?:x|z|ch|sh)$/i.test(text) ? 'es' : 's'}`;
}

const CHINESE_CALLS: Readonly<Record<string, readonly [alone: string, pattern: string]>> = {
  sum: ['合计', '*合计'],
  avg: ['平均值', '平均*'],
  max: ['最大值', '最大*'],
  min: ['最小值', '最小*'],
  running_sum: ['累计', '累计*'],
  median: ['中位数', '*中位数'],
  percentile_cont: ['百分位数', '*百分位数'],
  percentile_disc: ['百分位数', '*百分位数'],
  stddev: ['标准差', '*标准差'],
  stddev_samp: ['标准差', '*标准差'],
  stddev_pop: ['标准差', '*标准差'],
  variance: ['方差', '*方差'],
  var_samp: ['方差', '*方差'],
  var_pop: ['方差', '*方差'],
  corr: ['相关系数', '*相关系数'],
  rank: ['排名', '排名'],
  dense_rank: ['排名', '排名'],
  row_number: ['序号', '序号'],
  string_agg: ['列表', '*列表'],
  array_agg: ['列表', '*列表'],
  json_agg: ['列表', '*列表'],
  jsonb_agg: ['列表', '*列表'],
  length: ['长度', '*长度'],
};

export const CHINESE: LabelWords = {
  call: (name, of, isDistinct) => {
    if (name === 'count') return of === undefined ? '数量' : `${isDistinct ? '不同' : ''}${spaced(of)}数量`;
    const words = CHINESE_CALLS[name];
    return words && (of === undefined ? words[0] : words[1].replace('*', () => spaced(of)));
  },
  periods: {
    year: '年份',
    quarter: '季度',
    month: '月份',
    week: '周',
    day: '日期',
    hour: '小时',
    minute: '分钟',
    dow: '星期',
    isodow: '星期',
    doy: '一年中的第几天',
    decade: '年代',
    century: '世纪',
  },
  rows: (table) => table,
};

/** The signs of the words above alone, in their other form. */
const TRADITIONAL_SIGNS: Readonly<Record<string, string>> = {
  数: '數',
  计: '計',
  标: '標',
  准: '準',
  关: '關',
  长: '長',
  号: '號',
  钟: '鐘',
  时: '時',
  纪: '紀',
  几: '幾',
  个: '個',
};

export const TRADITIONAL_CHINESE: LabelWords = {
  call: (name, of, isDistinct) => {
    const label = CHINESE.call(name, of === undefined ? undefined : '*', isDistinct);
    return label && inTraditional(label).replace('*', () => spaced(of ?? ''));
  },
  periods: Object.fromEntries(Object.entries(CHINESE.periods).map(([unit, word]) => [unit, inTraditional(word)])),
  rows: (table) => table,
};

function inTraditional(text: string): string {
  return [...text].map((sign) => TRADITIONAL_SIGNS[sign] ?? sign).join('');
}

/** The words of a language that has some here; a tag, or undefined for Latin letters, which are taken for English. */
export function wordsIn(tag: string | undefined): LabelWords | undefined {
  const locale = new Intl.Locale(tag ?? 'en').maximize();
  if (locale.language === 'en') return ENGLISH;
  if (locale.language !== 'zh') return undefined;
  return locale.script === 'Hant' ? TRADITIONAL_CHINESE : CHINESE;
}

/** What an operation of two named things is called. */
export function operationLabel({ operator }: Extract<Meaning, { kind: 'operation' }>, one: string, other: string) {
  return `${one} ${{ '*': '×', '-': '−' }[operator] ?? operator} ${other}`;
}

/** Inside of a name, "Order amount" is "order amount"; "ARR" and "Unit Price" stay. */
function lowered(text: string): string {
  return /^\p{Lu}(?!\p{Lu})/u.test(text) && !/\s\p{Lu}\p{Ll}/u.test(text)
    ? text.replace(/^\p{Lu}/u, (letter) => letter.toLowerCase())
    : text;
}

/** Chinese beside Latin letters reads better with a blank between. */
function spaced(text: string): string {
  const before = /^[\p{Script=Latin}\d]/u.test(text) ? ' ' : '';
  const after = /[\p{Script=Latin}\d]$/u.test(text) ? ' ' : '';
  return `${before}${text}${after}`;
}
