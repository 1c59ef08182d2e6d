import type { Findings } from '../findings';
import { offsetOf, type Fields } from '../tree/pg-node';

const DATES = /^SVFOP_(CURRENT_DATE|(CURRENT_TIME|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP)(_N)?)$/;

/** CURRENT_DATE and its kin are harmless; CURRENT_USER and its kin tell who is connected to what. */
export function checkValueFunction(fields: Fields, findings: Findings): void {
  const op = String(fields['op']);
  if (DATES.test(op)) return;
  const name = op.replace('SVFOP_', '').toLowerCase();
  findings.add('function-not-allowed', `${name} tells about the connection and is not allowed.`, offsetOf(fields));
}
