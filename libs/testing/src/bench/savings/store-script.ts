/** A store of the size that people ask about: its schema is long enough to be worth caching at the provider. */
export const CITIES = ['Basel', 'Bern', 'Geneva', 'Lausanne', 'Lugano', 'Lucerne', 'Winterthur', 'Zürich'];
export const CATEGORIES = ['Books', 'Garden', 'Kitchen', 'Music', 'Sports', 'Toys'];
export const DEPARTMENTS = ['Finance', 'Logistics', 'Marketing', 'Sales', 'Support'];
export const COUNTRIES = ['Austria', 'France', 'Germany', 'Italy', 'Spain'];

const names = (values: readonly string[]) => `(ARRAY[${values.map((value) => `'${value}'`).join(', ')}])`;
const one = (values: readonly string[], by: string) => `${names(values)}[1 + ${by} % ${values.length}]`;

export const STORE_SCRIPT = `
  CREATE TABLE categories (id integer PRIMARY KEY, name text NOT NULL, parent_id integer REFERENCES categories (id));
  COMMENT ON TABLE categories IS 'What products are sorted into';
  CREATE TABLE suppliers (id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL, rating numeric(3, 1), since date NOT NULL);
  COMMENT ON TABLE suppliers IS 'Companies that deliver products to the store';
  CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL, category_id integer NOT NULL REFERENCES categories (id),
    supplier_id integer NOT NULL REFERENCES suppliers (id), price numeric(10, 2) NOT NULL, weight_grams integer, discontinued boolean NOT NULL DEFAULT false);
  COMMENT ON COLUMN products.price IS 'In francs, taxes included';
  CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, city text NOT NULL, email text, since date NOT NULL, is_company boolean NOT NULL);
  COMMENT ON TABLE customers IS 'People and companies who buy; 客户';
  CREATE TABLE employees (id integer PRIMARY KEY, name text NOT NULL, department text NOT NULL, salary integer NOT NULL, hired date NOT NULL, manager_id integer REFERENCES employees (id));
  CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id), employee_id integer NOT NULL REFERENCES employees (id),
    ordered_on date NOT NULL, shipped_on date, total numeric(10, 2) NOT NULL, status text NOT NULL);
  COMMENT ON TABLE orders IS 'One purchase of one customer; 订单';
  COMMENT ON COLUMN orders.total IS 'In francs, taxes and delivery included';
  CREATE TABLE order_lines (order_id integer NOT NULL REFERENCES orders (id), line integer NOT NULL, product_id integer NOT NULL REFERENCES products (id),
    quantity integer NOT NULL, price numeric(10, 2) NOT NULL, discount numeric(4, 2) NOT NULL DEFAULT 0, PRIMARY KEY (order_id, line));
  CREATE TABLE payments (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id), paid_on date NOT NULL, amount numeric(10, 2) NOT NULL, method text NOT NULL);
  CREATE TABLE returns (id integer PRIMARY KEY, order_id integer NOT NULL, line integer NOT NULL, returned_on date NOT NULL, reason text, FOREIGN KEY (order_id, line) REFERENCES order_lines);
  CREATE TABLE warehouses (id integer PRIMARY KEY, city text NOT NULL, square_metres integer NOT NULL);
  CREATE TABLE stock (warehouse_id integer NOT NULL REFERENCES warehouses (id), product_id integer NOT NULL REFERENCES products (id), quantity integer NOT NULL, counted_on date, PRIMARY KEY (warehouse_id, product_id));
  CREATE TABLE reviews (id integer PRIMARY KEY, product_id integer NOT NULL REFERENCES products (id), customer_id integer NOT NULL REFERENCES customers (id), stars integer NOT NULL, written_on date NOT NULL, content text);
  INSERT INTO categories SELECT i, ${one(CATEGORIES, '(i - 1)')} FROM generate_series(1, ${CATEGORIES.length}) i;
  INSERT INTO suppliers SELECT i, 'Supplier ' || i, ${one(COUNTRIES, 'i')}, 1 + i % 9 * 0.5, date '2015-01-01' + i FROM generate_series(1, 40) i;
  INSERT INTO products SELECT i, 'Product ' || i, 1 + i % ${CATEGORIES.length}, 1 + i * 7 % 40, 5 + i % 97, 100 + i FROM generate_series(1, 200) i;
  INSERT INTO customers SELECT i, 'Customer ' || i, ${one(CITIES, 'i * 3')}, NULL, date '2020-01-01' + i, i % 4 = 0 FROM generate_series(1, 300) i;
  INSERT INTO employees SELECT i, 'Employee ' || i, ${one(DEPARTMENTS, 'i')}, 50000 + i * 1237 % 60000, date '2012-01-01' + i * 40, NULL FROM generate_series(1, 80) i;
  INSERT INTO orders SELECT i, 1 + i * 13 % 300, 1 + i % 80, date '2025-01-01' + i % 365, date '2025-01-03' + i % 365, 10 + i * 31 % 990, 'shipped' FROM generate_series(1, 4000) i;
  INSERT INTO order_lines SELECT i, n, 1 + (i * 17 + n * 5) % 180, 1 + (i + n) % 5, 5 + (i * 17 + n * 5) % 180 % 97 FROM generate_series(1, 4000) i, generate_series(1, 2) n;
  ANALYZE;`;
