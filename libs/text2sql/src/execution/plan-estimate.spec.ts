import { costOfRows, planEstimate } from './plan-estimate';

it('reads the first line of a plan', () => {
  expect(planEstimate('Aggregate  (cost=10.5..25.53 rows=1 width=8)')).toEqual({
    startupCost: 10.5,
    totalCost: 25.53,
    estimatedRows: 1,
  });
});

it('takes what it does not understand for free', () => {
  expect(planEstimate('Custom Scan')).toEqual({ startupCost: 0, totalCost: 0, estimatedRows: 0 });
});

it('reckons the first rows by their share of all', () => {
  const plan = { startupCost: 100, totalCost: 1100, estimatedRows: 1000 };

  expect(costOfRows(plan, 10)).toBe(110);
  expect(costOfRows(plan, 5000)).toBe(1100);
});
