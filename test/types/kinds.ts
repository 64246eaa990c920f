/**
 * What the compiler promises about dimensions and facts. Nothing here is run: `tsc -p .` is the test, and every
 * `@ts-expect-error` fails it as soon as the line below is accepted. What the messages say is in `messages.test.ts`.
 */

import { create, date, scd1, scd2, source, transaction } from 'starline'

const productSource = source(`
  SELECT p.id     AS product_id,
         p.title  AS title,
         p.brand  AS brand,
         p.at     AS changed_at
  FROM   product AS p
`)
const productCreate = create(`
  CREATE TABLE product_dim (
    product_key  KEY,
    product_id   INT NOT NULL,
    title        VARCHAR(20),
    brand        VARCHAR(20)
  )
`)
const historicCreate = create(`
  CREATE TABLE product_dim (
    product_key  KEY,
    product_id   INT NOT NULL,
    title        VARCHAR(20),
    brand        VARCHAR(20),
    valid_from   TIMESTAMP NOT NULL,
    valid_to     TIMESTAMP,
    is_current   BOOLEAN NOT NULL
  )
`)
const wideCreate = create(`
  CREATE TABLE product_dim (
    product_key  KEY,
    product_id   INT NOT NULL,
    title        VARCHAR(20),
    brand        VARCHAR(20),
    colour       VARCHAR(20)
  )
`)

// ── ranges ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const clicks = `SELECT c.id AS click_id,
  c.page AS page
FROM click AS c`

export const ranged = source(clicks, { ranges: { by: 'click_id', count: 4, frozen: true } })
export const rangedElsewhere = source('web', clicks, { ranges: { by: 'page', count: 4 } })

/** Names that can't be read leave the word to the configuration's check. */
export const unread = source('SELECT * FROM click', { ranges: { by: 'click_id', count: 4 } })

// @ts-expect-error a typo in by
source(clicks, { ranges: { by: 'clik_id', count: 4 } })

// @ts-expect-error a typo in by, where a source is named
source('web', clicks, { ranges: { by: 'clik_id', count: 4 } })

// @ts-expect-error no such name is stated
source<{ click_id: number }>('SELECT * FROM click', { ranges: { by: 'clik_id', count: 4 } })

// @ts-expect-error it is frozen, not frosen
source(clicks, { ranges: { by: 'click_id', count: 4, frosen: true } })

// ── scd1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const plain = { source: productSource, create: productCreate } as const

export const product = scd1({ ...plain, key: 'product_key', lookup: ['product_id'] })
export const latest = scd1({
  ...plain, key: 'product_key', lookup: ['product_id', 'brand'], duplicates: { keep: 'last', by: 'changed_at' }, unknown: { title: 'none' },
})

// @ts-expect-error a typo in lookup
scd1({ ...plain, key: 'product_key', lookup: ['prodct_id'] })

// @ts-expect-error a typo in key
scd1({ ...plain, key: 'prodct_key', lookup: ['product_id'] })

// @ts-expect-error without a lookup no member can be known again
scd1({ ...plain, key: 'product_key', lookup: [] })

// @ts-expect-error a source column is meant, and there is none of this name
scd1({ ...plain, key: 'product_key', lookup: ['product_id'], duplicates: { keep: 'last', by: 'chnged_at' } })

// @ts-expect-error the table has no such column
scd1({ ...plain, key: 'product_key', lookup: ['product_id'], unknown: { titel: 'none' } })

// @ts-expect-error the unknown member's key is the engine's
scd1({ ...plain, key: 'product_key', lookup: ['product_id'], unknown: { product_key: 5 } })

// @ts-expect-error the source brings no column colour
scd1({ source: productSource, create: wideCreate, key: 'product_key', lookup: ['product_id'] })

// @ts-expect-error it is unknown, not unknwon
scd1({ ...plain, key: 'product_key', lookup: ['product_id'], unknwon: {} })

// @ts-expect-error history is scd2's
scd1({ ...plain, key: 'product_key', lookup: ['product_id'], history: ['brand'] })

// ── transform ───────────────────────────────────────────────────────────────────────────────────────────────────────

scd1({ ...plain, key: 'product_key', lookup: ['product_id'], transform: (row) => row.title === null ? null : { ...row, title: 'x' } })
scd1({ source: productSource, create: wideCreate, key: 'product_key', lookup: ['product_id'], adds: ['colour'], transform: (row) => ({ ...row, colour: 'red' }) })
scd1({
  source: source<{ product_id: number, title: string, brand: string }>('SELECT …'), create: productCreate, key: 'product_key', lookup: ['product_id'],
  transform: (row) => ({ ...row, title: row.title.trim() }),
})

// @ts-expect-error the row has no such column
scd1({ ...plain, key: 'product_key', lookup: ['product_id'], transform: (row) => row.titel === null ? null : row })

// @ts-expect-error a column of the source is left out
scd1({ ...plain, key: 'product_key', lookup: ['product_id'], transform: ({ product_id, title }) => ({ product_id, title }) })

// @ts-expect-error what it adds is not in what it returns
scd1({ source: productSource, create: wideCreate, key: 'product_key', lookup: ['product_id'], adds: ['colour'], transform: (row) => row })

// ── scd2 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const historic = { source: productSource, create: historicCreate } as const

export const versioned = scd2({ ...historic, key: 'product_key', lookup: ['product_id'], history: ['brand'], effectiveFrom: 'changed_at' })

// @ts-expect-error a typo in history
scd2({ ...historic, key: 'product_key', lookup: ['product_id'], history: ['brnd'] })

// @ts-expect-error the engine fills this one
scd2({ ...historic, key: 'product_key', lookup: ['product_id'], history: ['is_current'] })

// @ts-expect-error a typo in effectiveFrom
scd2({ ...historic, key: 'product_key', lookup: ['product_id'], history: ['brand'], effectiveFrom: 'changed_on' })

// @ts-expect-error history is missing
scd2({ ...historic, key: 'product_key', lookup: ['product_id'] })

// @ts-expect-error the create has no column valid_from, valid_to, is_current
scd2({ ...plain, key: 'product_key', lookup: ['product_id'], history: ['brand'] })

// ── date ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const day = date({
  create: create('CREATE TABLE date_dim (\n date_key KEY,\n full_date DATE\n)'), key: 'date_key', from: '2020-01-01', through: '2020-12-31',
})

// @ts-expect-error a typo in key
date({ create: create('CREATE TABLE date_dim (\n date_key KEY,\n full_date DATE\n)'), key: 'dat_key', from: '2020-01-01', through: '2020-12-31' })

// ── a source with a text for each database brings what all of them bring ────────────────────────────────────────────

const manySource = source({
  mysql: `
    SELECT p.ProductId  AS product_id,
           p.Title      AS title,
           p.Brand      AS brand,
           p.Colour     AS colour
    FROM   Product AS p
  `,
  postgres: `
    SELECT p.product_id  AS product_id,
           p.title       AS title,
           p.brand       AS brand
    FROM   product AS p
  `,
})
scd1({ source: manySource, create: productCreate, key: 'product_key', lookup: ['product_id'] })
scd1({ source: source('crm', { mysql: 'SELECT p.id AS product_id, p.t AS title, p.b AS brand FROM p', postgres: 'SELECT *' }), create: productCreate, key: 'product_key', lookup: ['product_id'] })
scd1({ source: source({ mysql: 'SELECT *', postgres: 'SELECT * FROM p' }), create: wideCreate, key: 'product_key', lookup: ['product_id'] })

// @ts-expect-error a typo in lookup
scd1({ source: manySource, create: productCreate, key: 'product_key', lookup: ['prodct_id'] })

// @ts-expect-error one of the texts brings no colour
scd1({ source: manySource, create: wideCreate, key: 'product_key', lookup: ['product_id'] })

// ── open names leave everything open ────────────────────────────────────────────────────────────────────────────────

const openSource = source('SELECT * FROM product AS p')
const openCreate = create<string>('CREATE TABLE product_dim (id KEY)')

scd1({ source: openSource, create: wideCreate, key: 'product_key', lookup: ['product_id'] })
scd1({ source: productSource, create: openCreate, key: 'anything', lookup: ['whatever'] })
scd2({ source: openSource, create: openCreate, key: 'anything', lookup: ['whatever'], history: ['more'], effectiveFrom: 'any' })
transaction({ source: openSource, create: openCreate, keys: { any_key: { of: product, by: 'any' } }, total: 'any' })

// ── transaction ─────────────────────────────────────────────────────────────────────────────────────────────────────

const saleSource = source(`
  SELECT s.product_id  AS product_id,
         s.brand       AS brand,
         s.sold_at     AS sold_at,
         s.amount      AS amount
  FROM   sale AS s
`)
const saleCreate = create(`
  CREATE TABLE sale_fact (
    date_key     INT NOT NULL,
    product_key  INT NOT NULL,
    amount       DECIMAL(10,2) NOT NULL
  )
`)
const facts = { source: saleSource, create: saleCreate } as const

export const sale = transaction({
  ...facts, total: 'amount',
  keys: {
    date_key: { of: day, by: 'sold_at', zone: 'America/New_York', earliest: '2012-01-01' },
    product_key: { of: versioned, by: 'product_id', asOf: 'sold_at', onMissing: 'reject' },
  },
})
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: latest, by: ['product_id', 'brand'] } } })
transaction({
  ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: product, by: 'code' } }, adds: ['code'],
  transform: (row) => ({ ...row, code: String(row.product_id) }),
})

// @ts-expect-error the create has no such key column
transaction({ ...facts, keys: { dat_key: { of: day, by: 'sold_at' }, product_key: { of: product, by: 'product_id' } } })

// @ts-expect-error the source brings no column product_key, and no key looks it up
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' } } })

// @ts-expect-error a fact without keys brings none of its own
transaction({ ...facts, keys: {} })

// @ts-expect-error a typo in by
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_on' }, product_key: { of: product, by: 'product_id' } } })

// @ts-expect-error a typo in asOf
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: versioned, by: 'product_id', asOf: 'sold_on' } } })

// @ts-expect-error only a dimension with history can be asked for as of a time
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: product, by: 'product_id', asOf: 'sold_at' } } })

// @ts-expect-error only a date dimension knows zones
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: product, by: 'product_id', zone: 'UTC' } } })

// @ts-expect-error only a date dimension has an earliest day
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: versioned, by: 'product_id', earliest: '2012-01-01' } } })

// @ts-expect-error a date has no history
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at', asOf: 'sold_at' }, product_key: { of: product, by: 'product_id' } } })

// @ts-expect-error a compound lookup asks for one column for each of its own
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: latest, by: 'product_id' } } })

// @ts-expect-error a compound lookup of two is not found by three
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: latest, by: ['product_id', 'brand', 'brand'] } } })

// @ts-expect-error onMissing is unknown, reject or fail
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at', onMissing: 'skip' }, product_key: { of: product, by: 'product_id' } } })

// @ts-expect-error the table has no such measure
transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: product, by: 'product_id' } }, total: 'amont' })

// @ts-expect-error a fact is no dimension
transaction({ ...facts, keys: { date_key: { of: sale, by: 'sold_at' }, product_key: { of: product, by: 'product_id' } } })
