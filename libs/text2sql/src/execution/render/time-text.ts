const TIMESTAMP = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:\d\d)?(:\d\d)?)?( BC)?$/;

/**
 * `2024-02-29 13:00:00.123456+08` as `2024-02-29T13:00:00.123456+08:00`, an offset of zero as `Z`. Offsets keep their
 * seconds (local mean time), years before Christ their `BC`; `infinity` stays.
 */
export function isoTimestamp(text: string): string {
  const parts = TIMESTAMP.exec(text);
  if (!parts) return text;
  const [, date, time, hours, minutes = ':00', seconds = '', era = ''] = parts;
  return `${date}T${time}${hours === undefined ? '' : offset(hours, minutes, seconds)}${era}`;
}

function offset(hours: string, minutes: string, seconds: string): string {
  const isZero = /^[+-]00$/.test(hours) && minutes === ':00' && seconds === '';
  return isZero ? 'Z' : `${hours}${minutes}${seconds}`;
}
