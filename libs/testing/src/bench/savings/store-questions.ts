import { CATEGORIES, CITIES, COUNTRIES, DEPARTMENTS } from './store-script';

/** A question with the SQL that is right for it. */
export interface GoldQuestion {
  readonly question: string;
  readonly sql: string;
  /** The same about something else, as people go on after an answer. */
  readonly followUp?: GoldQuestion;
}

/** A verified query as it is registered. */
export interface VerifiedTemplate {
  readonly question: string;
  readonly sql: string;
  readonly parameters: readonly { readonly name: string; readonly type: string; readonly column?: string }[];
}

/** Numbers from 0 up to, not including, its argument. */
export type Random = (below: number) => number;

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const of = <T>(values: readonly T[], random: Random) => values[random(values.length)] as T;
const otherThan = (value: string, values: readonly string[], random: Random) =>
  of(
    values.filter((each) => each !== value),
    random,
  );
const twoDigits = (value: number) => String(value).padStart(2, '0');

function ordersIn(city: string, month: number): string {
  const [from, to] = [`2025-${twoDigits(month)}-01`, month === 12 ? '2026-01-01' : `2025-${twoDigits(month + 1)}-01`];
  return `SELECT count(*) AS orders FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = '${city}' AND o.ordered_on >= '${from}' AND o.ordered_on < '${to}'`;
}

function bestCustomers(count: number, city: string, least: number): string {
  return `SELECT c.name, sum(o.total) AS spent FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = '${city}' AND o.total > ${least} GROUP BY c.id, c.name ORDER BY spent DESC, c.id LIMIT ${count}`;
}

function earners(department: string, salary: number): string {
  return `SELECT name, salary FROM employees WHERE department = '${department}' AND salary > ${salary} ORDER BY salary DESC, id`;
}

function runningRevenue(city: string): string {
  return `SELECT month, sum(revenue) OVER (ORDER BY month) AS running FROM (SELECT date_trunc('month', o.ordered_on)::date AS month, sum(o.total) AS revenue FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = '${city}' GROUP BY 1) AS months ORDER BY month`;
}

/** Questions that the model answers, each of many. One in about twelve asks for more than the first model is trusted with. */
export const FRESH: readonly ((random: Random) => GoldQuestion)[] = [
  (random) => {
    const [city, month] = [of(CITIES, random), 1 + random(12)];
    const other = otherThan(city, CITIES, random);
    return {
      question: `How many orders came from ${city} in ${MONTHS[month - 1]} 2025?`,
      sql: ordersIn(city, month),
      followUp: { question: `And from ${other}?`, sql: ordersIn(other, month) },
    };
  },
  (random) => {
    const [count, city, least] = [2 + random(9), of(CITIES, random), 10 * (1 + random(40))];
    const other = otherThan(city, CITIES, random);
    return {
      question: `Which ${count} customers in ${city} spent the most on orders of more than ${least} francs?`,
      sql: bestCustomers(count, city, least),
      followUp: { question: `The same for ${other}`, sql: bestCustomers(count, other, least) },
    };
  },
  (random) => {
    const [department, salary] = [of(DEPARTMENTS, random), 55_000 + 500 * random(80)];
    const other = otherThan(department, DEPARTMENTS, random);
    return {
      question: `Which employees of the ${department} department earn more than ${salary}?`,
      sql: earners(department, salary),
      followUp: { question: `And in ${other}?`, sql: earners(other, salary) },
    };
  },
  (random) => {
    const product = 1 + random(200);
    const sql = `SELECT coalesce(sum(quantity), 0) AS units FROM order_lines WHERE product_id = ${product}`;
    return { question: `How many units of product ${product} were sold?`, sql };
  },
  (random) => {
    const least = 20 + random(900);
    const sql = `SELECT round(avg(total), 2) AS average FROM orders WHERE total > ${least}`;
    return { question: `What is the average value of the orders above ${least} francs?`, sql };
  },
  (random) => {
    const [country, least] = [of(COUNTRIES, random), 1 + random(8)];
    const sql = `SELECT count(*) AS suppliers FROM (SELECT s.id FROM suppliers s JOIN products p ON p.supplier_id = s.id WHERE s.country = '${country}' GROUP BY s.id HAVING count(*) > ${least}) AS many`;
    return { question: `How many suppliers from ${country} deliver more than ${least} products?`, sql };
  },
  (random) => {
    const [category, price] = [of(CATEGORIES, random), 6 + random(90)];
    const sql = `SELECT p.name FROM products p JOIN categories c ON c.id = p.category_id WHERE c.name = '${category}' AND p.price < ${price} AND NOT EXISTS (SELECT FROM order_lines l WHERE l.product_id = p.id) ORDER BY p.id`;
    return { question: `Which products of the category ${category} below ${price} francs were never ordered?`, sql };
  },
  (random) => {
    const [city, least] = [of(CITIES, random), 20 + 10 * random(90)];
    const sql = `SELECT count(*) AS orders FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = '${city}' AND o.total > ${least}`;
    return { question: `${city}的客户有多少金额超过${least}的订单？`, sql };
  },
  (random) => {
    const [department, from] = [of(DEPARTMENTS, random), 2012 + random(9)];
    const sql = `SELECT count(*) AS hired FROM employees WHERE department = '${department}' AND hired >= '${from}-01-01'`;
    return { question: `How many people has ${department} hired since ${from}?`, sql };
  },
  (random) => {
    const [stars, count] = [1 + random(5), 3 + random(30)];
    const sql = `SELECT product_id, count(*) AS reviews FROM reviews WHERE stars = ${stars} GROUP BY product_id HAVING count(*) >= ${count} ORDER BY product_id`;
    return { question: `Which products have at least ${count} reviews with ${stars} stars?`, sql };
  },
  (random) => {
    const [category, grams] = [of(CATEGORIES, random), 100 + random(200)];
    const sql = `SELECT p.name, p.weight_grams FROM products p JOIN categories c ON c.id = p.category_id WHERE c.name = '${category}' AND p.weight_grams > ${grams} ORDER BY p.weight_grams, p.id`;
    return { question: `List the ${category} products heavier than ${grams} grams`, sql };
  },
  (random) => {
    const [city, least] = [of(CITIES, random), 10 * (1 + random(60))];
    const sql = runningRevenue(city).replace(`c.city = '${city}'`, `c.city = '${city}' AND o.total > ${least}`);
    return { question: `What is the running total of revenue by month in ${city}, for orders above ${least}?`, sql };
  },
];

/** What a curator has verified, with the ways to ask it. */
export const VERIFIED: readonly { readonly template: VerifiedTemplate; ask(random: Random): GoldQuestion }[] = [
  verified(
    'Which companies live in {city}?',
    'SELECT id, name FROM customers WHERE is_company AND city = $1 ORDER BY id',
    {
      ...{ name: 'city', type: 'text', column: 'customers.city', values: CITIES },
    },
  ),
  verified('How much did customer {id} spend?', 'SELECT sum(total) AS spent FROM orders WHERE customer_id = $1', {
    ...{ name: 'id', type: 'integer', values: numbers(300) },
  }),
  verified(
    'What was in order {id}?',
    'SELECT product_id, quantity FROM order_lines WHERE order_id = $1 ORDER BY line',
    {
      ...{ name: 'id', type: 'integer', values: numbers(4000) },
    },
  ),
  verified('Revenue on {day}', 'SELECT sum(total) AS revenue FROM orders WHERE ordered_on = $1', {
    ...{ name: 'day', type: 'date', values: numbers(28).map((day) => `2025-03-${day.padStart(2, '0')}`) },
  }),
];

function numbers(most: number): readonly string[] {
  return Array.from({ length: most }, (_, index) => String(index + 1));
}

function verified(
  question: string,
  sql: string,
  blank: { name: string; type: string; column?: string; values: readonly string[] },
) {
  const { values, ...parameter } = blank;
  return {
    template: { question, sql, parameters: [parameter] },
    ask: (random: Random) => {
      const value = of(values, random);
      const literal = parameter.type === 'integer' ? value : `'${value}'`;
      return { question: question.replace(`{${blank.name}}`, value), sql: sql.replace('$1', literal) };
    },
  };
}
