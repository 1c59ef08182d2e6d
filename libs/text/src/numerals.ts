const DIGITS: Record<string, number> = {
  零: 0,
  〇: 0,
  一: 1,
  二: 2,
  两: 2,
  兩: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
  壹: 1,
  贰: 2,
  貳: 2,
  叁: 3,
  參: 3,
  肆: 4,
  伍: 5,
  陆: 6,
  陸: 6,
  柒: 7,
  捌: 8,
  玖: 9,
};
const SMALL_UNITS: Record<string, number> = { 十: 10, 百: 100, 千: 1000, 拾: 10, 佰: 100, 仟: 1000 };
const LARGE_UNITS: Record<string, number> = { 万: 1e4, 萬: 1e4, 亿: 1e8, 億: 1e8 };

const DIGIT = `[${Object.keys(DIGITS).join('')}]`;
const UNIT = `[${Object.keys({ ...SMALL_UNITS, ...LARGE_UNITS }).join('')}]`;
const NUMERAL = `(?:${DIGIT}|${UNIT})`;

/** What a number counts: only before one of these a lone 一 or 两 is a number, and not a part of 统一 or 一些. */
const MEASURES =
  '(?:个|個|名|家|位|次|天|日|号|號|周|週|星期|礼拜|禮拜|年|季|月|小时|小時|分钟|分鐘|秒|元|块|塊|件|种|種|条|條|项|項|笔|筆|单|單|台|岁|歲|人|倍|层|層|行|列|组|組|辆|輛|本|张|張|份|批|类|類|期|级|級|大|强|強)';
/** After these a numeral is a number, whatever follows. */
const BEFORE =
  '(?:前|后|後|第|近|最近|过去|過去|超过|超過|大于|大於|小于|小於|少于|少於|多于|多於|高于|高於|低于|低於|不足|不到|至少|至多|最多|最少|等于|等於|达到|達到|满|滿|每|top ?)';
/** Words that only look like numerals. */
const NO_NUMBER = /^(?:千万(?=别|不|要|记)|万一|十分(?!钟|鐘)|一一|三三|千百|万千|百万富翁|万万)/u;

const PERCENT = new RegExp(`百分之(${NUMERAL}+(?:[点點]${DIGIT}+)?|\\d+(?:\\.\\d+)?)`, 'gu');
const MIXED = /(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s?([十百千万萬亿億]+)(?![\d.])/gu;
const RUN = new RegExp(
  `(?<decimal>${NUMERAL}+[点點]${DIGIT}+[${Object.keys(LARGE_UNITS).join('')}]?)|(?<run>${NUMERAL}+)`,
  'gu',
);
const HAS_DIGIT = new RegExp(DIGIT, 'u');
const HAS_UNIT = new RegExp(UNIT, 'u');
const ENDS_BEFORE = new RegExp(`${BEFORE}$`, 'iu');
const BEGINS_MEASURE = new RegExp(`^${MEASURES}`, 'u');
/** Longer than any word that is looked for beside a numeral: a long text stays linear. */
const WINDOW = 8;
const WEEKDAY = /(?:周|週|星期|礼拜|禮拜)$/u;

/**
 * Writes numbers one way: full width becomes half width, and Chinese numerals become digits (三千 → 3000, 前三 → 前3,
 * 1.5万 → 15000, 百分之三十 → 30%, 贰拾伍 → 25), but not in words that only hold such a character (统一, 万一, 周一).
 */
export function normaliseNumerals(text: string): string {
  const narrow = text.normalize('NFKC');
  return narrow
    .replace(PERCENT, (_whole, number: string) => `${valueOf(number)}%`)
    .replace(MIXED, (_whole, whole: string, fraction: string | undefined, units: string) =>
      plain(Number(`${whole.replaceAll(',', '')}${fraction ?? ''}`) * factorOf(units)),
    )
    .replace(RUN, (run, ...rest) => {
      const [offset, source] = [rest.at(-3) as number, rest.at(-2) as string];
      const before = source.slice(Math.max(0, offset - WINDOW), offset);
      return isNumber(run, before, source.slice(offset, offset + run.length + WINDOW)) ? valueOf(run) : run;
    });
}

/** Whether a run of numerals is a number where it stands. `before` and `from`: the few characters around it. */
function isNumber(run: string, before: string, from: string): boolean {
  if (NO_NUMBER.test(from) || WEEKDAY.test(before)) return false;
  const after = from.slice(run.length);
  // 5万2025年: digits beside it are another number, written without a blank.
  if (/\d$/.test(before) || /^\d/.test(after)) return false;
  const hasDigit = HAS_DIGIT.test(run);
  if (ENDS_BEFORE.test(before)) return true;
  if (BEGINS_MEASURE.test(after)) return hasDigit || run.length > 1 || /[十百千万萬亿億]/u.test(run);
  return run.length > 1 && hasDigit && HAS_UNIT.test(run);
}

function valueOf(run: string): string {
  if (/^\d/.test(run)) return run;
  const decimal = /^(.+)[点點](.+?)([万萬亿億])?$/u.exec(run);
  if (decimal) {
    const [, whole = '', fraction = '', unit] = decimal;
    const digits = [...fraction].map((sign) => DIGITS[sign]).join('');
    return plain(Number(`${integerOf(whole)}.${digits}`) * (unit ? (LARGE_UNITS[unit] ?? 1) : 1));
  }
  // 二〇二四: digits one after the other, as years are written.
  if (run.length > 1 && [...run].every((sign) => sign in DIGITS)) return [...run].map((sign) => DIGITS[sign]).join('');
  return plain(integerOf(run));
}

/** 一亿二千三百万零五十 by sections of 万 and 亿. A last digit without a unit counts tenths of the unit before it: 三千五 is 3500. */
function integerOf(run: string): number {
  let [total, section, digit, lastUnit] = [0, 0, 0, 1];
  let afterZero = false;
  for (const sign of run) {
    if (sign in DIGITS) {
      digit = DIGITS[sign] as number;
      afterZero ||= digit === 0;
    } else if (sign in SMALL_UNITS) {
      lastUnit = SMALL_UNITS[sign] as number;
      section += (digit === 0 && section === 0 ? 1 : digit) * lastUnit;
      digit = 0;
    } else {
      lastUnit = LARGE_UNITS[sign] as number;
      const amount = section + digit;
      total = lastUnit === 1e8 ? (total + (amount || 1)) * lastUnit : total + (amount || 1) * lastUnit;
      [section, digit] = [0, 0];
      afterZero = false;
    }
  }
  const isShort = digit > 0 && lastUnit >= 100 && !afterZero;
  return total + section + (isShort ? (digit * lastUnit) / 10 : digit);
}

function factorOf(units: string): number {
  return [...units].reduce((factor, unit) => factor * (SMALL_UNITS[unit] ?? LARGE_UNITS[unit] ?? 1), 1);
}

/** Without an exponent, and without the noise of binary fractions: 1.1 × 10000 is 11000. */
function plain(value: number): string {
  return Number(value.toPrecision(15)).toLocaleString('en', { useGrouping: false, maximumFractionDigits: 12 });
}
