import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { openViews } from './schema.ts'

// Works out what a load of the example must come to, by SQL over the files alone, and writes it to expected.json:
//   node --import tsx examples/expected.ts
// It shares no text with sources/ and no code with the engine, so that each can be held against the other.

/** The day of an instant in a zone as yyyymmdd; instants before 2012 count on its first day; NULL has no day. */
function dayKey(instant: string, zone: string): string {
  const day = `CAST((${instant} AT TIME ZONE 'UTC') AT TIME ZONE '${zone}' AS DATE)`
  return `CAST(strftime(CASE WHEN ${day} < DATE '2012-01-01' THEN DATE '2012-01-01' ELSE ${day} END, '%Y%m%d') AS INT)`
}

/** Whether the floor moved an instant's day in a zone. */
function floored(instant: string, zone: string): string {
  return `(${instant} AT TIME ZONE 'UTC') AT TIME ZONE '${zone}' < TIMESTAMP '2012-01-01'`
}

/** How many rows have no value to look up by, and how many have one that no member has. */
function missing(key: string, by: string, members: string): string {
  return `count(*) FILTER (${by} IS NULL) AS ${key}_null,
  count(*) FILTER (${by} IS NOT NULL AND ${by} NOT IN (${members})) AS ${key}_absent`
}

/** The same for a day, whose members are 2012-01-01 through 2017-12-30, with the sum of the keys (-1 for no member). */
function missingDay(key: string, day: string): string {
  return `count(*) FILTER (${day} IS NULL) AS ${key}_null,
  count(*) FILTER (${day} > 20171230) AS ${key}_absent,
  sum(CASE WHEN ${day} <= 20171230 THEN ${day} ELSE -1 END) AS ${key}_sum`
}

const [utc, newYork] = ['UTC', 'America/New_York']
const published = 'SELECT id FROM catalogue_product WHERE NOT is_draft'
const students = 'SELECT id FROM auth_user WHERE NOT is_staff'
const program = 'SELECT 1'

const queries: Record<string, string> = {
  product: `
SELECT count(*) AS rows, sum(length(title)) AS title_characters, sum(list_price) AS list_price_sum,
  count(*) FILTER (list_price = 0) AS free, count(*) FILTER (page_count IS NULL) AS page_count_null
FROM catalogue_product WHERE NOT is_draft`,
  user: `
SELECT count(*) AS rows, count(*) FILTER (email IS NULL) AS email_null, count(*) FILTER (email = '') AS email_empty,
  count(*) FILTER (is_active) AS active,
  count(*) FILTER (id NOT IN (SELECT user_id FROM user_profile WHERE standing IS NOT NULL)) AS standing_null
FROM auth_user WHERE NOT is_staff`,
  course: `
SELECT count(*) AS rows, sum(credits) AS credits_sum, count(*) FILTER (title IS NULL) AS title_null,
  count(*) FILTER (title = '') AS title_empty, sum(length(title)) AS title_characters
FROM course`,
  date: `
SELECT count(*) AS rows, min(CAST(strftime(day, '%Y%m%d') AS INT)) AS first_key, max(CAST(strftime(day, '%Y%m%d') AS INT)) AS last_key,
  count(*) FILTER (isodow(day) < 6) AS weekdays, count(*) FILTER (day = last_day(day)) AS last_days_in_month
FROM range(DATE '2012-01-01', DATE '2017-12-31', INTERVAL 1 DAY) AS calendar(day)`,
  school: `
SELECT count(*) AS rows, count(*) FILTER (state_code IS NULL) AS state_null, count(*) FILTER (city IS NULL) AS city_null,
  count(*) FILTER (is_public) AS public, count(*) FILTER (is_public IS NULL) AS public_null, sum(length(name)) AS name_characters
FROM school`,
  payment_source: 'SELECT count(*) AS rows FROM payment_source',
  affiliate: 'SELECT count(*) AS rows, sum(coalesce(commission, 0)) AS commission_sum FROM affiliate',
  site: 'SELECT count(*) AS rows FROM site',

  product_sale: `
WITH sale AS (
  SELECT l.*, o.*, p.course_id, c.school_id, coalesce(o.affiliate_id, 1) AS by_affiliate,
    l.quantity * l.unit_price - coalesce(l.discount, 0) AS amount,
    ${dayKey('o.placed_at', utc)} AS utc_day,
    ${dayKey('o.placed_at', newYork)} AS local_day
  FROM order_line AS l
  JOIN shop_order AS o ON o.id = l.order_id
  LEFT JOIN catalogue_product AS p ON p.id = l.product_id
  LEFT JOIN course AS c ON c.id = p.course_id
)
SELECT count(*) AS rows, sum(amount) AS amount_sum, sum(quantity) AS quantity_sum, sum(coalesce(discount, 0)) AS discount_sum,
  count(*) FILTER (amount < 0) AS refunds, count(*) FILTER (amount = 0) AS zeros,
  count(*) FILTER (${floored('placed_at', utc)}) AS date_fk_floored,
  count(*) FILTER (${floored('placed_at', newYork)}) AS local_date_fk_floored,
  count(*) FILTER (utc_day <> local_day) AS days_differ,
  ${missingDay('date_fk', 'utc_day')},
  ${missingDay('local_date_fk', 'local_day')},
  ${missing('product_fk', 'product_id', published)},
  ${missing('seller_fk', 'seller_id', students)},
  ${missing('buyer_fk', 'buyer_id', students)},
  ${missing('course_fk', 'course_id', 'SELECT id FROM course')},
  ${missing('school_fk', 'school_id', 'SELECT id FROM school')},
  ${missing('payment_source_fk', 'payment_source_id', 'SELECT id FROM payment_source')},
  ${missing('affiliate_fk', 'by_affiliate', 'SELECT id FROM affiliate')},
  ${missing('site_fk', 'site_id', 'SELECT id FROM site')}
FROM sale`,
  product_sale_by_local_year: `
SELECT CAST(${dayKey('placed_at', newYork)} // 10000 AS VARCHAR) AS local_year,
  sum(quantity * unit_price - coalesce(discount, 0)) AS amount_sum
FROM order_line JOIN shop_order ON shop_order.id = order_id
WHERE ${dayKey('placed_at', newYork)} <= 20171230
GROUP BY local_year ORDER BY local_year`,
  product_sale_by_payment_source: `
SELECT coalesce(payment_source.name, 'Unknown') AS payment_source,
  sum(quantity * unit_price - coalesce(discount, 0)) AS amount_sum
FROM order_line JOIN shop_order ON shop_order.id = order_id
LEFT JOIN payment_source ON payment_source.id = payment_source_id
GROUP BY 1 ORDER BY 1`,

  product_upload: `
WITH upload AS (
  SELECT n.*, c.school_id,
    ${dayKey('n.uploaded_at', utc)} AS utc_day,
    ${dayKey('n.uploaded_at', newYork)} AS local_day
  FROM note_upload AS n
  LEFT JOIN course AS c ON c.id = n.course_id
)
SELECT (SELECT count(*) FROM note_upload) AS rows_read,
  (SELECT count(*) FROM note_upload WHERE product_id NOT IN (${published})) AS rejected,
  count(*) AS rows, sum(page_count) AS page_count_sum, sum(byte_count) AS byte_count_sum,
  count(*) FILTER (${floored('uploaded_at', utc)}) AS date_fk_floored,
  count(*) FILTER (${floored('uploaded_at', newYork)}) AS local_date_fk_floored,
  count(*) FILTER (utc_day <> local_day) AS days_differ,
  ${missingDay('date_fk', 'utc_day')},
  ${missingDay('local_date_fk', 'local_day')},
  ${missing('uploader_fk', 'uploader_id', students)},
  ${missing('course_fk', 'course_id', 'SELECT id FROM course')},
  ${missing('school_fk', 'school_id', 'SELECT id FROM school')},
  ${missing('disability_program_fk', 'disability_program_id', program)}
FROM upload
WHERE product_id IN (${published})`,

  product_rating: `
SELECT count(*) AS rows, sum(stars) AS stars_sum, count(body) AS comment_count_sum,
  count(*) FILTER (${floored('reviewed_at', utc)}) AS date_fk_floored,
  ${missingDay('date_fk', dayKey('reviewed_at', utc))},
  ${missing('product_fk', 'product_id', published)},
  ${missing('rater_fk', 'reviewer_id', students)}
FROM product_review`,
}

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await openViews(connection)
const expected: Record<string, { figures: unknown; sql: string[] }> = {}
for (const [name, sql] of Object.entries(queries)) {
  expected[name] = { figures: await figures(connection, sql), sql: sql.trim().split('\n') }
}
writeFileSync(fileURLToPath(new URL('./expected.json', import.meta.url)), `${JSON.stringify(expected, null, 2)}\n`)
connection.closeSync()
instance.closeSync()

/** One row of counts and sums becomes an object; rows of a name and a sum become one too. Decimals are text, counts numbers. */
async function figures(session: DuckDBConnection, sql: string): Promise<Record<string, unknown>> {
  const result = await session.runAndReadAll(sql)
  const rows = result.getRowsJson().map((row) => row.map(plain))
  const names = result.columnNames()
  if (rows.length === 1) return Object.fromEntries(names.map((name, index) => [name, rows[0]?.[index]]))
  return Object.fromEntries(rows.map(([name, sum]) => [String(name), sum]))
}

/** Whole numbers as numbers, where they are exact; all else as it is. */
function plain(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
}
