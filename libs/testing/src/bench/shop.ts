/** A small database to ask about: the benchmark is about the service, not about PostgreSQL. */
export const SHOP_SCRIPT = `
  CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, city text NOT NULL, since date NOT NULL);
  CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id),
    ordered_at timestamptz NOT NULL, total numeric(10, 2) NOT NULL);
  CREATE TABLE order_lines (order_id integer NOT NULL REFERENCES orders (id), line integer NOT NULL,
    product text NOT NULL, quantity integer NOT NULL, PRIMARY KEY (order_id, line));
  INSERT INTO customers SELECT i, 'Customer ' || i, (ARRAY['Basel', 'Bern', 'Zürich', '上海'])[1 + i % 4],
    date '2020-01-01' + i FROM generate_series(1, 200) i;
  INSERT INTO orders SELECT i, 1 + i % 200, timestamptz '2025-01-01Z' + i * interval '1 hour', i % 977 FROM generate_series(1, 2000) i;
  INSERT INTO order_lines SELECT i, 1, 'Product ' || i % 50, 1 + i % 7 FROM generate_series(1, 2000) i;
  ANALYZE;`;

export const SHOP_ANSWER = 'SELECT city, count(*) AS customers FROM customers GROUP BY city ORDER BY city';

let asked = 0;

/** A question that was never asked before, so that no kept answer serves it. Letters alone: numbers might steer the fake. */
export function freshQuestion(): string {
  return `How many customers live in each city of district ${letters(asked++)}x?`;
}

function letters(number: number): string {
  const letter = String.fromCharCode(97 + (number % 26));
  return number < 26 ? `x${letter}` : letters(Math.floor(number / 26)) + letter;
}
