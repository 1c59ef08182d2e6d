-- The demo data source: a coffee wholesaler. Comments in English and Chinese, as a model and a person would want them.

CREATE SCHEMA coffee;
COMMENT ON SCHEMA coffee IS 'Coffee wholesaler: customers, orders, stock and quality · 咖啡批发商';

CREATE TYPE coffee.customer_kind AS ENUM ('café', 'restaurant', 'hotel', 'office', 'retailer');
CREATE TYPE coffee.process AS ENUM ('washed', 'natural', 'honey', 'anaerobic');
CREATE TYPE coffee.roast AS ENUM ('light', 'medium', 'dark');
CREATE TYPE coffee.order_status AS ENUM ('placed', 'packed', 'shipped', 'delivered', 'cancelled');
CREATE TYPE coffee.payment_method AS ENUM ('bank transfer', 'card', '支付宝', '微信支付');

CREATE TABLE coffee.regions (
  code    text PRIMARY KEY,
  name    text NOT NULL,
  name_zh text NOT NULL
);
COMMENT ON TABLE coffee.regions IS 'Sales regions · 销售大区';
COMMENT ON COLUMN coffee.regions.name IS 'English name · 英文名';
COMMENT ON COLUMN coffee.regions.name_zh IS 'Chinese name · 中文名';

CREATE TABLE coffee.employees (
  id          integer PRIMARY KEY,
  full_name   text NOT NULL,
  title       text NOT NULL,
  region_code text REFERENCES coffee.regions (code),
  manager_id  integer REFERENCES coffee.employees (id),
  hired_on    date NOT NULL
);
COMMENT ON TABLE coffee.employees IS 'Sales staff; manager_id points to the superior · 销售人员';
COMMENT ON COLUMN coffee.employees.hired_on IS 'First day at work · 入职日期';

CREATE TABLE coffee.customers (
  id           integer PRIMARY KEY,
  name         text NOT NULL,
  kind         coffee.customer_kind NOT NULL,
  city         text NOT NULL,
  country      text NOT NULL,
  region_code  text NOT NULL REFERENCES coffee.regions (code),
  sales_rep_id integer NOT NULL REFERENCES coffee.employees (id),
  customer_since date NOT NULL,
  is_active    boolean NOT NULL,
  credit_limit numeric(10, 2) NOT NULL,
  contact_email text NOT NULL,
  contact_phone text NOT NULL
);
COMMENT ON TABLE coffee.customers IS 'Businesses that buy coffee · 客户（咖啡馆、餐厅、酒店、办公室、零售商）';
COMMENT ON COLUMN coffee.customers.city IS 'City, in its local spelling · 城市';
COMMENT ON COLUMN coffee.customers.kind IS 'Kind of business · 客户类型';
COMMENT ON COLUMN coffee.customers.customer_since IS 'Date of the first contract · 成为客户的日期';
COMMENT ON COLUMN coffee.customers.is_active IS 'Whether the account is open (not whether they ordered lately) · 账户是否启用';
COMMENT ON COLUMN coffee.customers.credit_limit IS 'Most that may be owed, in EUR · 信用额度（欧元）';

CREATE TABLE coffee.origins (
  id         integer PRIMARY KEY,
  country    text NOT NULL,
  region     text NOT NULL,
  country_zh text NOT NULL,
  altitude_m int4range NOT NULL
);
COMMENT ON TABLE coffee.origins IS 'Where coffee grows · 产地';
COMMENT ON COLUMN coffee.origins.altitude_m IS 'Altitude of the farms in metres, from and to · 海拔（米）';

CREATE TABLE coffee.suppliers (
  id         integer PRIMARY KEY,
  name       text NOT NULL,
  origin_id  integer NOT NULL REFERENCES coffee.origins (id),
  is_organic boolean NOT NULL,
  certificates text[] NOT NULL
);
COMMENT ON TABLE coffee.suppliers IS 'Farms and cooperatives that sell to us · 供应商（庄园与合作社）';
COMMENT ON COLUMN coffee.suppliers.certificates IS 'Names of certificates held · 认证';

CREATE TABLE coffee.products (
  id          integer PRIMARY KEY,
  sku         text NOT NULL UNIQUE,
  name        text NOT NULL,
  name_zh     text NOT NULL,
  supplier_id integer NOT NULL REFERENCES coffee.suppliers (id),
  process     coffee.process NOT NULL,
  roast       coffee.roast NOT NULL,
  price_per_kg numeric(8, 2) NOT NULL CHECK (price_per_kg > 0),
  listed_on   date NOT NULL,
  attributes  jsonb NOT NULL
);
COMMENT ON TABLE coffee.products IS 'Coffees on the price list · 产品（咖啡豆）';
COMMENT ON COLUMN coffee.products.price_per_kg IS 'Current list price in EUR per kilogram · 每公斤标价（欧元）';
COMMENT ON COLUMN coffee.products.process IS 'How the cherry was processed · 处理法';
COMMENT ON COLUMN coffee.products.roast IS 'Degree of roast · 烘焙度';
COMMENT ON COLUMN coffee.products.attributes IS 'Notes and variety as JSON: {"notes": [...], "variety": "..."} · 风味与品种';

CREATE TABLE coffee.price_changes (
  product_id   integer NOT NULL REFERENCES coffee.products (id),
  valid_from   date NOT NULL,
  price_per_kg numeric(8, 2) NOT NULL,
  PRIMARY KEY (product_id, valid_from)
);
COMMENT ON TABLE coffee.price_changes IS 'List prices over time · 历史标价';

CREATE TABLE coffee.warehouses (
  id      integer PRIMARY KEY,
  name    text NOT NULL,
  city    text NOT NULL,
  region_code text NOT NULL REFERENCES coffee.regions (code)
);
COMMENT ON TABLE coffee.warehouses IS 'Where stock lies · 仓库';

CREATE TABLE coffee.stock (
  warehouse_id integer NOT NULL REFERENCES coffee.warehouses (id),
  product_id   integer NOT NULL REFERENCES coffee.products (id),
  quantity_kg  numeric(10, 1) NOT NULL,
  reorder_at_kg numeric(10, 1) NOT NULL,
  counted_on   date NOT NULL,
  PRIMARY KEY (warehouse_id, product_id)
);
COMMENT ON TABLE coffee.stock IS 'Kilograms in each warehouse at the last count · 库存（公斤）';
COMMENT ON COLUMN coffee.stock.reorder_at_kg IS 'Below this the coffee is bought again · 补货点（公斤）';

CREATE TABLE coffee.orders (
  id           integer PRIMARY KEY,
  customer_id  integer NOT NULL REFERENCES coffee.customers (id),
  warehouse_id integer NOT NULL REFERENCES coffee.warehouses (id),
  ordered_at   timestamptz NOT NULL,
  status       coffee.order_status NOT NULL,
  note         text
);
COMMENT ON TABLE coffee.orders IS 'Orders of customers; cancelled ones stay with status cancelled · 订单';
COMMENT ON COLUMN coffee.orders.ordered_at IS 'When the order was placed · 下单时间';
CREATE INDEX orders_by_customer ON coffee.orders (customer_id);
CREATE INDEX orders_by_time ON coffee.orders (ordered_at);

CREATE TABLE coffee.order_lines (
  order_id     integer NOT NULL REFERENCES coffee.orders (id),
  line_no      integer NOT NULL,
  product_id   integer NOT NULL REFERENCES coffee.products (id),
  quantity_kg  numeric(8, 1) NOT NULL CHECK (quantity_kg > 0),
  price_per_kg numeric(8, 2) NOT NULL,
  discount_percent numeric(4, 1) NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, line_no)
);
COMMENT ON TABLE coffee.order_lines IS 'What was ordered: revenue = quantity_kg * price_per_kg * (1 - discount_percent / 100) · 订单明细';
COMMENT ON COLUMN coffee.order_lines.price_per_kg IS 'Price agreed for this line, EUR per kilogram · 成交价（欧元/公斤）';
CREATE INDEX order_lines_by_product ON coffee.order_lines (product_id);

CREATE TABLE coffee.shipments (
  order_id     integer PRIMARY KEY REFERENCES coffee.orders (id),
  carrier      text NOT NULL,
  shipped_at   timestamptz NOT NULL,
  delivered_at timestamptz
);
COMMENT ON TABLE coffee.shipments IS 'Shipments; delivered_at is empty while under way · 发货';

CREATE TABLE coffee.payments (
  id       integer PRIMARY KEY,
  order_id integer NOT NULL REFERENCES coffee.orders (id),
  paid_on  date NOT NULL,
  amount   numeric(10, 2) NOT NULL,
  method   coffee.payment_method NOT NULL
);
COMMENT ON TABLE coffee.payments IS 'Money received, in EUR · 收款（欧元）';
CREATE INDEX payments_by_order ON coffee.payments (order_id);

CREATE TABLE coffee.cuppings (
  id         integer PRIMARY KEY,
  product_id integer NOT NULL REFERENCES coffee.products (id),
  cupped_on  date NOT NULL,
  score      numeric(4, 2) NOT NULL CHECK (score BETWEEN 0 AND 100),
  taster_id  integer NOT NULL REFERENCES coffee.employees (id)
);
COMMENT ON TABLE coffee.cuppings IS 'Quality scores, 0 to 100, 80 and more is speciality coffee · 杯测评分（80 分以上为精品咖啡）';

CREATE VIEW coffee.order_revenue AS
SELECT o.id AS order_id, o.customer_id, o.ordered_at, o.status,
       round(sum(l.quantity_kg * l.price_per_kg * (1 - l.discount_percent / 100)), 2) AS revenue
FROM coffee.orders o JOIN coffee.order_lines l ON l.order_id = o.id
GROUP BY o.id;
COMMENT ON VIEW coffee.order_revenue IS 'Revenue of each order in EUR, cancelled ones included · 每张订单的金额（欧元，含已取消）';
