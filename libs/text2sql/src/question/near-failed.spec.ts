import type { Catalog } from '../data-source/catalog';
import { SqlFailedError } from '../execution/execution.errors';
import { aTable, shopCatalog } from '../guard/fixture/shop-catalog';
import { nearFailed } from './near-failed';

const catalog: Catalog = { ...shopCatalog(), tables: [aTable('bills', 'bill_id, total_sum')] };

it.each([
  ['column "totalsum" does not exist', '42703', ['total_sum']],
  ['column b.totalsum does not exist', '42703', ['total_sum']],
  ['relation "public.bill" does not exist', '42P01', ['bills']],
  // It is in the catalogue by exactly this name: saying it again helps nobody.
  ['column "total_sum" does not exist', '42703', []],
  ['division by zero', '22012', []],
])('of %s', (message, sqlstate, names) => {
  expect(nearFailed(new SqlFailedError(message, sqlstate), catalog)).toEqual(names);
});
