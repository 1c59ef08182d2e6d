-- Rows of the demo, the same every time and in every time zone: arithmetic on row numbers, no random(), no now().

SET LOCAL TimeZone = 'UTC';
-- mix spreads a number over 0 … range-1.

CREATE FUNCTION pg_temp.mix(n bigint, salt bigint, range bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT ((((n * 2654435761 + salt * 40503) % 4294967291) * 48271 % 2147483647) % range)::integer
$$;

INSERT INTO coffee.regions VALUES
  ('north', 'Northern Europe', '北欧'), ('central', 'Central Europe', '中欧'), ('south', 'Southern Europe', '南欧'),
  ('islands', 'British Isles', '英伦诸岛'), ('east-asia', 'East Asia', '东亚');

INSERT INTO coffee.employees (id, full_name, title, region_code, manager_id, hired_on) VALUES
  (1, 'Ingrid Sørensen', 'Head of sales', NULL, NULL, '2015-03-02'),
  (2, 'Jürgen Weiß', 'Regional manager', 'central', 1, '2016-09-01'),
  (3, 'Chloé Lefèvre', 'Regional manager', 'south', 1, '2017-01-16'),
  (4, '王小梅', 'Regional manager', 'east-asia', 1, '2018-05-07'),
  (5, 'Aoife O''Brien', 'Regional manager', 'islands', 1, '2018-11-12'),
  (6, 'Łukasz Żak', 'Sales representative', 'central', 2, '2019-02-04'),
  (7, 'Zoë Müller', 'Sales representative', 'central', 2, '2020-06-15'),
  (8, 'João Conceição', 'Sales representative', 'south', 3, '2019-10-01'),
  (9, '陈建国', 'Sales representative', 'east-asia', 4, '2021-03-22'),
  (10, '佐藤 美咲', 'Sales representative', 'east-asia', 4, '2022-04-01'),
  (11, 'Siân Davies', 'Sales representative', 'islands', 5, '2021-08-30'),
  (12, 'Åsa Lindström', 'Sales representative', 'north', 1, '2020-01-13'),
  (13, 'Bjørn Hansen', 'Quality and cupping', 'north', 1, '2019-05-20'),
  (14, 'Nuria Giménez', 'Quality and cupping', 'south', 3, '2022-09-05');

CREATE TEMP TABLE places (n integer, city text, country text, region_code text, reps integer[]) ON COMMIT DROP;
INSERT INTO places VALUES
  (0, 'Berlin', 'Germany', 'central', '{6,7}'), (1, 'München', 'Germany', 'central', '{6,7}'),
  (2, 'Wien', 'Austria', 'central', '{6,7}'), (3, 'Zürich', 'Switzerland', 'central', '{7}'),
  (4, 'Kraków', 'Poland', 'central', '{6}'), (5, 'Paris', 'France', 'south', '{8}'),
  (6, 'Lyon', 'France', 'south', '{8}'), (7, 'Lisboa', 'Portugal', 'south', '{8}'),
  (8, 'Málaga', 'Spain', 'south', '{8}'), (9, 'Milano', 'Italy', 'south', '{8}'),
  (10, 'København', 'Denmark', 'north', '{12}'), (11, 'Göteborg', 'Sweden', 'north', '{12}'),
  (12, 'Tromsø', 'Norway', 'north', '{12}'), (13, 'London', 'United Kingdom', 'islands', '{11}'),
  (14, 'Dublin', 'Ireland', 'islands', '{11}'), (15, 'Caerdydd', 'United Kingdom', 'islands', '{11}'),
  (16, '上海', '中国', 'east-asia', '{9}'), (17, '北京', '中国', 'east-asia', '{9}'),
  (18, '成都', '中国', 'east-asia', '{9}'), (19, '東京', '日本', 'east-asia', '{10}');

INSERT INTO coffee.customers
SELECT i,
       (CASE WHEN p.country = '中国' THEN (ARRAY['晨光','静安','老街','山岚','云上','听雨'])[1 + pg_temp.mix(i, 1, 6)] || (ARRAY['咖啡馆','餐厅','酒店','办公','商行'])[1 + k.n]
             WHEN p.country = '日本' THEN (ARRAY['青空','小川','夕凪'])[1 + pg_temp.mix(i, 2, 3)] || (ARRAY['喫茶','食堂','ホテル','オフィス','商店'])[1 + k.n]
             ELSE (ARRAY['Café','Bistro','Hotel','Studio','Épicerie'])[1 + k.n] || ' ' ||
                  (ARRAY['Aurora','Zum Löwen','Étoile','Nørrebro','Smørrebrød','d''Or','Miró','Ångström','Kestrel','Saffron','Old Mill','Piñata'])[1 + pg_temp.mix(i, 3, 12)] END)
         || ' ' || i,
       (ARRAY['café','restaurant','hotel','office','retailer'])[1 + k.n]::coffee.customer_kind,
       p.city, p.country, p.region_code, p.reps[1 + pg_temp.mix(i, 4, array_length(p.reps, 1))],
       date '2018-01-01' + pg_temp.mix(i, 5, 2500),
       pg_temp.mix(i, 6, 12) <> 0,
       (1 + pg_temp.mix(i, 7, 40)) * 500,
       'orders' || i || '@example.com',
       '+00 555 ' || lpad((1000000 + pg_temp.mix(i, 8, 8999999))::text, 7, '0')
FROM generate_series(1, 600) i
CROSS JOIN LATERAL (SELECT pg_temp.mix(i, 9, 5) AS n) k
JOIN places p ON p.n = pg_temp.mix(i, 10, 20);

INSERT INTO coffee.origins VALUES
  (1, 'Ethiopia', 'Yirgacheffe', '埃塞俄比亚', '[1700,2200)'), (2, 'Ethiopia', 'Sidama', '埃塞俄比亚', '[1500,2100)'),
  (3, 'Kenya', 'Nyeri', '肯尼亚', '[1600,1900)'), (4, 'Colombia', 'Huila', '哥伦比亚', '[1400,2000)'),
  (5, 'Colombia', 'Nariño', '哥伦比亚', '[1600,2300)'), (6, 'Brazil', 'Minas Gerais', '巴西', '[800,1300)'),
  (7, 'Guatemala', 'Huehuetenango', '危地马拉', '[1500,2000)'), (8, 'Costa Rica', 'Tarrazú', '哥斯达黎加', '[1200,1900)'),
  (9, 'China', '云南 普洱', '中国', '[1000,1700)'), (10, 'Indonesia', 'Aceh', '印度尼西亚', '[1100,1600)');

INSERT INTO coffee.suppliers
SELECT i, (ARRAY['Finca','Cooperativa','Estate','Fazenda','庄园'])[1 + pg_temp.mix(i, 11, 5)] || ' ' ||
          (ARRAY['El Mirador','Buena Vista','Kochere','Gakuyu-ini','São João','La Peña','Guama','Los Ríos','高黎贡','Gayo'])[1 + pg_temp.mix(i, 12, 10)] || ' ' || i,
       1 + i % 10, pg_temp.mix(i, 13, 3) = 0,
       (ARRAY['{}','{Fairtrade}','{Rainforest Alliance}','{Fairtrade,Organic}','{Organic}'])[1 + pg_temp.mix(i, 14, 5)]::text[]
FROM generate_series(1, 30) i;

INSERT INTO coffee.products
SELECT i, 'CF-' || lpad(i::text, 4, '0'),
       o.region || ' ' || (ARRAY['Washed','Natural','Honey','Anaerobic'])[1 + p.n] || ' No. ' || i,
       o.country_zh || (ARRAY['水洗','日晒','蜜处理','厌氧'])[1 + p.n] || ' ' || i || ' 号',
       s.id, (ARRAY['washed','natural','honey','anaerobic'])[1 + p.n]::coffee.process,
       (ARRAY['light','medium','dark'])[1 + pg_temp.mix(i, 15, 3)]::coffee.roast,
       (9 + pg_temp.mix(i, 16, 2600) / 100.0)::numeric(8, 2),
       date '2022-01-03' + pg_temp.mix(i, 17, 700),
       jsonb_build_object('notes', to_jsonb((ARRAY['{jasmine,lemon}','{cocoa,hazelnut}','{blueberry,wine}','{茉莉花,柑橘}','{caramel,orange}'])[1 + pg_temp.mix(i, 18, 5)]::text[]),
                          'variety', (ARRAY['Heirloom','Bourbon','Caturra','Geisha','Typica','卡蒂姆'])[1 + pg_temp.mix(i, 19, 6)])
FROM generate_series(1, 80) i
JOIN coffee.suppliers s ON s.id = 1 + pg_temp.mix(i, 20, 30)
JOIN coffee.origins o ON o.id = s.origin_id
CROSS JOIN LATERAL (SELECT pg_temp.mix(i, 21, 4) AS n) p;

INSERT INTO coffee.price_changes
SELECT p.id, (date '2023-01-01' + make_interval(months => 6 * k))::date,
       CASE k WHEN 7 THEN p.price_per_kg ELSE round(p.price_per_kg * (0.78 + 0.03 * k + pg_temp.mix(p.id * 10 + k, 22, 3) / 100.0), 2) END
FROM coffee.products p, generate_series(0, 7) k;

INSERT INTO coffee.warehouses VALUES
  (1, 'Hamburg Speicher', 'Hamburg', 'central'), (2, 'Rotterdam Haven', 'Rotterdam', 'north'),
  (3, 'Trieste Porto', 'Trieste', 'south'), (4, '上海外高桥', '上海', 'east-asia');

INSERT INTO coffee.stock
SELECT w.id, p.id, pg_temp.mix(w.id * 1000 + p.id, 23, 9000) / 10.0, 50 + 10 * pg_temp.mix(p.id, 24, 15), date '2026-10-31'
FROM coffee.warehouses w, coffee.products p WHERE pg_temp.mix(w.id * 1000 + p.id, 25, 4) <> 0;

-- Orders from January 2023 to October 2026, a little more each month, busier in autumn.
INSERT INTO coffee.orders
SELECT i, c.id, CASE c.region_code WHEN 'east-asia' THEN 4 WHEN 'south' THEN 3 WHEN 'central' THEN 1 ELSE 2 END, t.at,
       CASE WHEN pg_temp.mix(i, 26, 25) = 0 THEN 'cancelled'
            WHEN t.at >= timestamptz '2026-10-29 00:00+00' THEN 'placed'
            WHEN t.at >= timestamptz '2026-10-27 00:00+00' THEN 'packed'
            WHEN t.at >= timestamptz '2026-10-24 00:00+00' THEN 'shipped'
            ELSE 'delivered' END::coffee.order_status,
       CASE pg_temp.mix(i, 27, 40) WHEN 0 THEN 'Ring the bell at the back door ☕' WHEN 1 THEN '请在上午送货' WHEN 2 THEN 'Grind for espresso' END
FROM generate_series(1, 12000) i
CROSS JOIN LATERAL (
  SELECT timestamptz '2023-01-01 06:00+00' + make_interval(secs =>
    floor(1399 * 86400.0 * power(i / 12000.0, 0.85))) + make_interval(mins => pg_temp.mix(i, 28, 720)) AS at) t
JOIN coffee.customers c ON c.id = 1 + least(pg_temp.mix(i, 29, 600), pg_temp.mix(i, 30, 600));

INSERT INTO coffee.order_lines
SELECT o.id, o.line_no, o.product_id, o.quantity_kg, p.price_per_kg, o.discount
FROM (
  SELECT id, k AS line_no,
         1 + pg_temp.mix(id * 10 + k, 31, 80) AS product_id,
         (2 + pg_temp.mix(id * 10 + k, 32, 480)) / 4.0 AS quantity_kg,
         (ARRAY[0, 0, 0, 5, 7.5, 10])[1 + pg_temp.mix(id, 33, 6)] AS discount,
         -- Prices change on the first day of each half year.
         make_date(extract(year FROM ordered_at)::integer, CASE WHEN extract(month FROM ordered_at) < 7 THEN 1 ELSE 7 END, 1) AS priced_from
  FROM coffee.orders, generate_series(1, 1 + pg_temp.mix(id, 34, 4)) k
  OFFSET 0) o
JOIN coffee.price_changes p ON p.product_id = o.product_id AND p.valid_from = o.priced_from;

INSERT INTO coffee.shipments
SELECT o.id, (ARRAY['DHL','PostNord','顺丰','Chronopost'])[1 + pg_temp.mix(o.id, 35, 4)],
       o.ordered_at + make_interval(hours => 8 + pg_temp.mix(o.id, 36, 40)),
       CASE WHEN o.status = 'delivered' THEN o.ordered_at + make_interval(hours => 30 + pg_temp.mix(o.id, 37, 120)) END
FROM coffee.orders o WHERE o.status IN ('shipped', 'delivered');

INSERT INTO coffee.payments
SELECT row_number() OVER (ORDER BY r.order_id), r.order_id,
       (r.ordered_at AT TIME ZONE 'UTC')::date + 3 + pg_temp.mix(r.order_id, 38, 45), r.revenue,
       (ARRAY['bank transfer','bank transfer','card','支付宝','微信支付'])[1 + pg_temp.mix(r.order_id, 39, 5)]::coffee.payment_method
FROM coffee.order_revenue r
WHERE r.status = 'delivered' AND r.ordered_at < timestamptz '2026-09-15 00:00+00' AND pg_temp.mix(r.order_id, 40, 20) <> 0;

INSERT INTO coffee.cuppings
SELECT row_number() OVER (), p.id, p.listed_on + 30 * k + pg_temp.mix(p.id * 100 + k, 41, 20),
       (78 + pg_temp.mix(p.id, 42, 900) / 100.0 + pg_temp.mix(p.id * 100 + k, 43, 200) / 100.0)::numeric(4, 2),
       13 + pg_temp.mix(p.id * 100 + k, 44, 2)
FROM coffee.products p, generate_series(0, 14) k ORDER BY p.id, k;

DROP FUNCTION pg_temp.mix(bigint, bigint, bigint);
ANALYZE coffee.orders, coffee.order_lines, coffee.customers, coffee.products, coffee.payments, coffee.shipments, coffee.cuppings, coffee.stock,
  coffee.price_changes, coffee.suppliers, coffee.origins, coffee.regions, coffee.employees, coffee.warehouses;
