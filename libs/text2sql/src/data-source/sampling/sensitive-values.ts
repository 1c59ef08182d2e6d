import { hasIbanChecksum, hasLuhnChecksum, isChineseIdNumber } from './checksums';
import { looksLikeSecret } from './secret-values';

const EMAIL = /[\p{L}\p{N}._%+'-]+\s?(?:@|\(at\)|\[at\])\s?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/iu;
const CHINESE_MOBILE = /(?<!\d)(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)/;
const CHINESE_LANDLINE = /(?<!\d)0\d{2,3}[- )]\d{7,8}(?!\d)/;
const MASKED_MOBILE = /(?<!\d)1[3-9]\d\*{4}\d{4}(?!\d)/;
const INTERNATIONAL_PHONE = /(?<![\p{L}\d])(?:\+|00)[1-9]\d{0,2}[\s().-]*\d(?:[\s().-]*\d){5,12}(?!\d)/u;
const AMERICAN_PHONE = /(?<![\d-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])/;
/** Nine digits at least: a date has eight. */
const GROUPED_PHONE = /^(?=(?:\D*\d){9})\(?0\d{1,4}\)?[ /.-]\d{2,8}(?:[ .-]\d{2,6}){0,3}$/;
const SOCIAL_SECURITY = /(?<![\d-])(?!000|666|9)\d{3}-\d{2}-\d{4}(?![\d-])/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d+|\/\d+)?$/;
const MAC = /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
const CHINESE_PLATE =
  /^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][ ·.-]?[A-HJ-NP-Z0-9]{5,6}$/;
const CHINESE_ADDRESS =
  /(?:路|街|道|巷|弄|村|镇|小区|花园|大厦).{0,12}\d+.{0,6}(?:号|號|室|栋|棟|幢|楼|单元)|(?:省|市).+(?:区|县|镇).+(?:路|街|道|村|号)/;
const STREET =
  /^\d{1,6}[a-z]?,? .*\b(?:street|st|avenue|ave|road|rd|lane|ln|boulevard|blvd|drive|dr|court|ct|way|place|pl|square|sq)\b/i;
const GERMAN_STREET = /^\p{Lu}[\p{L} .-]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse) ?\d+/u;
const LONG_NUMBER = /(?<![\p{L}\d])\d(?:[ -]?\d){11,18}(?![\p{L}\d])/gu;

/** Whether one value looks like a person's data or a secret. */
export function looksSensitive(value: string): boolean {
  const text = value.normalize('NFKC').trim();
  if (text === '') return false;
  return PATTERNS.some((pattern) => pattern.test(text)) || hasTellingNumber(text) || looksLikeSecret(text);
}

const PATTERNS = [
  EMAIL,
  CHINESE_MOBILE,
  CHINESE_LANDLINE,
  MASKED_MOBILE,
  INTERNATIONAL_PHONE,
  AMERICAN_PHONE,
  GROUPED_PHONE,
  SOCIAL_SECURITY,
  IPV4,
  MAC,
  CHINESE_PLATE,
  CHINESE_ADDRESS,
  STREET,
  GERMAN_STREET,
];

/** Cards, identity numbers, account numbers: told from other long numbers by their check digits. */
function hasTellingNumber(text: string): boolean {
  if (isChineseIdNumber(text) || hasIbanChecksum(text)) return true;
  const candidates = text.match(LONG_NUMBER) ?? [];
  if (candidates.some((candidate) => hasLuhnChecksum(candidate.replace(/[ -]/g, '')))) return true;
  return (text.match(/(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)/g) ?? []).some(isChineseIdNumber);
}

/** The commonest surnames, less those that begin ordinary words of two letters (高级, 黄金, 马上, 方向, 白色, 金额 …). */
const SURNAMES = new Set([
  ...'王李张刘陈杨赵吴周徐孙朱胡郭何罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范廖韦贾夏傅邹熊孟秦邱侯尹薛闫段雷龙陶贺顾毛郝龚邵钱严覃洪武莫孔張劉陳楊趙吳孫鄭謝許韓馮鄧蕭葉蘇呂盧鐘譚陸韋賈鄒閆龍賀顧龔錢嚴',
]);

/**
 * Chinese names have no form of their own, but a column in which nearly every value begins with a surname and has two
 * or three letters holds names.
 */
export function lookLikeChineseNames(values: readonly string[]): boolean {
  const distinct = [...new Set(values)];
  if (distinct.length < 3) return false;
  const names = distinct.filter((value) => /^\p{Script=Han}{2,3}$/u.test(value) && SURNAMES.has(value[0] ?? ''));
  return names.length / distinct.length >= 0.7;
}
