import assert from 'node:assert/strict'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import { create } from '../../engine/sql/define-create.ts'
import { source } from '../../engine/source/sql.ts'
import { assertDrawn, drawn } from '../helpers/drawn.ts'
import { onEveryPath } from '../helpers/warehouses.ts'

const anything = source<Record<string, unknown>>('SELECT 1')

const product = scd2({
  source: anything,
  create: create(`
    CREATE TABLE product_dim (
      product_key  KEY,
      product_id   INT            NOT NULL,
      title        VARCHAR(20)    NOT NULL,
      brand        VARCHAR(20),
      price        DECIMAL(10,2),
      valid_from   TIMESTAMP      NOT NULL,
      valid_to     TIMESTAMP,
      is_current   BOOLEAN        NOT NULL,
      UNIQUE (product_id, valid_from)
    )`),
  key: 'product_key',
  lookup: ['product_id'],
  history: ['brand', 'price'],
})

const monday = { at: '2024-01-01 06:00:00.000000' }
const tuesday = { at: '2024-01-02 06:00:00.250000' }
const wednesday = { at: '2024-01-03 06:00:00' }

const begin = drawn(`
  | product_id INT | title | brand | price DECIMAL(10,2) |
  | 7              | Pen   | Bic   | 1.00                |
  | 8              | Ink   | NULL  | NULL                |
  | 9              | Cap   | Bic   | 2.00                |
`)

/** Of many members, those whose brand becomes another. */
const someB = (n: number): string => n % 100 === 27 ? 'b' : 'a'

/** So many products. */
const products = (count: number) => drawn(`| product_id INT | title | brand | price DECIMAL(10,2) |\n${Array.from({ length: count }, (_, i) => `| ${i + 1} | a | b | 1.00 |`).join('\n')}`)

/** A value of a row as a word. */
const word = (value: unknown): string => typeof value === 'string' ? value : value === null ? 'NULL' : JSON.stringify(value)

onEveryPath('scd2', { stays: { MariaDB: 30, PostgreSQL: 30 } }, ({ house, connection, path }) => {
  it('begins every first version, and the unknown member, in the year 1000', async () => {
    const counts = await house().load(product, begin, monday)
    assertDrawn(await house().rows(product), `
      | product_key INT | product_id INT | title   | brand | price DECIMAL(10,2) | valid_from TIMESTAMP | valid_to TIMESTAMP | is_current BOOLEAN |
      | --------------- | -------------- | ------- | ----- | ------------------- | -------------------- | ------------------ | ------------------ |
      | -1              | 0              | Unknown | NULL  | NULL                | 1000-01-01           | NULL               | true               |
      | 1               | 7              | Pen     | Bic   | 1.00                | 1000-01-01           | NULL               | true               |
      | 2               | 8              | Ink     | NULL  | NULL                | 1000-01-01           | NULL               | true               |
      | 3               | 9              | Cap     | Bic   | 2.00                | 1000-01-01           | NULL               | true               |
    `)
    assert.deepEqual(counts, { read: 3, rejected: 0, unchanged: 0, overwritten: 0, newMembers: 3, newVersions: 0, staged: 4, lastKey: 3 })
  })

  it('closes a version where history changes and opens another, and overwrites all else in every version', async () => {
    await house().load(product, begin, monday)
    const second = await house().load(product, drawn(`
      | product_id INT | title | brand | price DECIMAL(10,2) |
      | 7              | Pen   | Bic   | 1.10                |
      | 10             | New   | Bic   | 5.00                |
      | 8              | Ink   | Acme  | NULL                |
    `), tuesday)
    assert.deepEqual(second, { read: 3, rejected: 0, unchanged: 0, overwritten: 0, newMembers: 1, newVersions: 2, staged: 7, lastKey: 6 })
    const third = await house().load(product, drawn(`
      | product_id INT | title   | brand | price DECIMAL(10,2) |
      | 7              | Pencil  | Bic   | 1.10                |
      | 10             | New     | Bic   | 5.00                |
      | 8              | Inkwell | NULL  | NULL                |
    `), wednesday)
    assertDrawn(await house().rows(product), `
      | product_key INT | product_id INT | title   | brand | price DECIMAL(10,2) | valid_from TIMESTAMP   | valid_to TIMESTAMP     | is_current BOOLEAN |
      | --------------- | -------------- | ------- | ----- | ------------------- | ---------------------- | ---------------------- | ------------------ |
      | -1              | 0              | Unknown | NULL  | NULL                | 1000-01-01             | NULL                   | true               |
      | 1               | 7              | Pencil  | Bic   | 1.00                | 1000-01-01             | 2024-01-02 06:00:00.25 | false              |
      | 4               | 7              | Pencil  | Bic   | 1.10                | 2024-01-02 06:00:00.25 | NULL                   | true               |
      | 2               | 8              | Inkwell | NULL  | NULL                | 1000-01-01             | 2024-01-02 06:00:00.25 | false              |
      | 6               | 8              | Inkwell | Acme  | NULL                | 2024-01-02 06:00:00.25 | 2024-01-03 06:00:00    | false              |
      | 7               | 8              | Inkwell | NULL  | NULL                | 2024-01-03 06:00:00    | NULL                   | true               |
      | 3               | 9              | Cap     | Bic   | 2.00                | 1000-01-01             | NULL                   | true               |
      | 5               | 10             | New     | Bic   | 5.00                | 1000-01-01             | NULL                   | true               |
    `)
    assert.deepEqual(third, { read: 3, rejected: 0, unchanged: 1, overwritten: 1, newMembers: 0, newVersions: 1, staged: 8, lastKey: 7 })
  })

  it('changes nothing when the source is as it was', async () => {
    await house().load(product, begin, monday)
    await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Acme | 1.00 |'), tuesday)
    const before = await house().rows(product)
    const counts = await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Acme | 1.00 |'), wednesday)
    assert.deepEqual(await house().rows(product), before)
    assert.deepEqual([counts.unchanged, counts.overwritten, counts.newMembers, counts.newVersions], [1, 0, 0, 0])
  })

  it('corrects a version in place when the change takes effect at its very start', async () => {
    await house().load(product, begin, monday)
    await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Acme | 1.00 |'), tuesday)
    const counts = await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pin | Apex | 1.00 |'), tuesday)
    assertDrawn((await house().rows(product)).filter((row) => row['product_id'] === 7), `
      | product_key INT | title | brand | valid_from TIMESTAMP   | valid_to TIMESTAMP     | is_current BOOLEAN |
      | 1               | Pin   | Bic   | 1000-01-01             | 2024-01-02 06:00:00.25 | false              |
      | 4               | Pin   | Apex  | 2024-01-02 06:00:00.25 | NULL                   | true               |
    `)
    assert.deepEqual([counts.unchanged, counts.overwritten, counts.newMembers, counts.newVersions], [0, 1, 0, 0])
  })

  it('refuses a change before the current version began', async () => {
    await house().load(product, begin, monday)
    await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Acme | 1.00 |'), tuesday)
    await assert.rejects(house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Bic | 1.00 |'), monday), {
      name: 'DataError',
      message: /^dimension product, the refresh's time: a change takes effect before what is known already\. product_id 7: '2024-01-01 06:00:00(\.0+)?' is before '2024-01-02 06:00:00\.250*'\. Way out: the warehouse's clock is behind, or was ahead when that version began: set it right, .*or begin anew with --drop_tables$/,
    })
    const same = await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Acme | 1.00 |'), monday)
    assert.equal(same.unchanged, 1, 'without a change the time says nothing')
  })

  it('opens a new version of a member whose versions are all closed', async () => {
    await house().load(product, begin, monday)
    await connection().execute("UPDATE product_dim SET valid_to = TIMESTAMP '2024-01-02 00:00:00', is_current = FALSE WHERE product_id = 7")
    const rows = drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Bic | 1.00 |')
    await assert.rejects(house().load(product, rows, monday), /product_id 7: '2024-01-01 06:00:00(\.0+)?' is before '2024-01-02 00:00:00(\.0+)?'/)
    const counts = await house().load(product, rows, wednesday)
    assertDrawn((await house().rows(product)).filter((row) => row['product_id'] === 7), `
      | product_key INT | brand | valid_from TIMESTAMP | valid_to TIMESTAMP | is_current BOOLEAN |
      | 1               | Bic   | 1000-01-01           | 2024-01-02         | false              |
      | 4               | Bic   | 2024-01-03 06:00:00  | NULL               | true               |
    `)
    assert.deepEqual([counts.unchanged, counts.newVersions, counts.newMembers], [0, 1, 0])
  })

  const dated = scd2({
    source: source<{ id: number, name: string, grade: string, changed_at: string }>('SELECT 1'),
    create: create('CREATE TABLE dated_dim (\n dated_key KEY,\n id INT,\n name VARCHAR(9),\n grade VARCHAR(9),\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL\n)'),
    key: 'dated_key', lookup: ['id'], history: ['grade'], effectiveFrom: 'changed_at',
  })

  it('takes the time of a change from a source column', async () => {
    await house().load(dated, drawn('| id INT | name | grade | changed_at TIMESTAMP |\n| 1 | a | x | 2020-05-05 10:00:00 |\n| 2 | b | x | 2020-05-05 |'), monday)
    await house().load(dated, drawn('| id INT | name | grade | changed_at TIMESTAMP |\n| 1 | a | y | 2021-05-05 10:00:00.000001 |\n| 2 | b | x | 2021-06-06 |'), tuesday)
    assertDrawn(await house().rows(dated), `
      | dated_key INT | id INT | grade | valid_from TIMESTAMP       | valid_to TIMESTAMP         | is_current BOOLEAN |
      | -1            | NULL   | NULL  | 1000-01-01                 | NULL                       | true               |
      | 1             | 1      | x     | 1000-01-01                 | 2021-05-05 10:00:00.000001 | false              |
      | 2             | 2      | x     | 1000-01-01                 | NULL                       | true               |
      | 3             | 1      | y     | 2021-05-05 10:00:00.000001 | NULL                       | true               |
    `)
    await assert.rejects(house().load(dated, drawn('| id INT | name | grade | changed_at TIMESTAMP |\n| 1 | a | z | 2021-05-05 10:00:00 |'), wednesday),
      /^DataError: dimension dated, column changed_at: a change takes effect before what is known already\. id 1: '2021-05-05 10:00:00(\.0+)?' is before '2021-05-05 10:00:00\.000001'\./)
  })

  it('refuses a change without a time', async () => {
    await assert.rejects(house().load(dated, drawn('| id INT | name | grade | changed_at TIMESTAMP |\n| 1 | a | x | NULL |')), {
      name: 'DataError',
      message: "dimension dated, table dated_dim, column changed_at: row 1 (id 1) brings a value that the table can't hold. NULL in a column that allows none. Way out: COALESCE it in the source, or let the column be NULL in the create",
    })
  })

  it('gives a dimension that had no history so far one version of each member', async () => {
    const columns = 'k_key KEY,\n id INT NOT NULL,\n grade VARCHAR(9)'
    const plain = scd1({ source: anything, create: create(`CREATE TABLE k_dim (\n ${columns}\n)`), key: 'k_key', lookup: ['id'] })
    const historic = scd2({
      source: anything, create: create(`CREATE TABLE k_dim (\n ${columns},\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL\n)`),
      key: 'k_key', lookup: ['id'], history: ['grade'],
    })
    await house().load(plain, drawn('| id INT | grade |\n| 1 | x |\n| 2 | x |'))
    await house().load(historic, drawn('| id INT | grade |\n| 1 | y |'), tuesday)
    assertDrawn(await house().rows(historic), `
      | k_key INT | id INT | grade | valid_from TIMESTAMP   | valid_to TIMESTAMP     | is_current BOOLEAN |
      | -1        | 0      | NULL  | 1000-01-01             | NULL                   | true               |
      | 1         | 1      | x     | 1000-01-01             | 2024-01-02 06:00:00.25 | false              |
      | 2         | 2      | x     | 1000-01-01             | NULL                   | true               |
      | 3         | 1      | y     | 2024-01-02 06:00:00.25 | NULL                   | true               |
    `)
  })

  it('fills a history column that is new in every version, without opening one', async () => {
    const grown = scd2({
      source: anything,
      create: create(`CREATE TABLE product_dim (
        product_key KEY,\n product_id INT NOT NULL,\n title VARCHAR(20) NOT NULL,\n brand VARCHAR(20),\n price DECIMAL(10,2),\n colour VARCHAR(9),
        valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL\n)`),
      key: 'product_key', lookup: ['product_id'], history: ['brand', 'price', 'colour'],
    })
    await house().load(product, begin, monday)
    await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 7 | Pen | Acme | 1.00 |'), tuesday)
    const counts = await house().load(grown, drawn('| product_id INT | title | brand | price DECIMAL(10,2) | colour |\n| 7 | Pen | Acme | 1.00 | red |'), wednesday)
    assertDrawn(await house().rows(grown), `
      | product_key INT | brand | colour | is_current BOOLEAN |
      | -1              | NULL  | NULL   | true               |
      | 1               | Bic   | red    | false              |
      | 2               | NULL  | NULL   | true               |
      | 3               | Bic   | NULL   | true               |
      | 4               | Acme  | red    | true               |
    `)
    assert.deepEqual([counts.overwritten, counts.newVersions], [1, 0])
  })

  it('tells a change of case, of a blank and of an accent from none', async () => {
    await house().load(product, drawn('| product_id INT | title | brand | price DECIMAL(10,2) |\n| 1 | a | bic | 1.00 |\n| 2 | a | e | 1.00 |\n| 3 | a | x | 1.00 |\n| 4 | a | x | 1.00 |'), monday)
    const counts = await house().load(product, drawn("| product_id INT | title | brand | price DECIMAL(10,2) |\n| 1 | a | Bic | 1.00 |\n| 2 | a | é | 1.00 |\n| 3 | a | 'x ' | 1.00 |\n| 4 | a | x | 1.0 |"), tuesday)
    assert.deepEqual([counts.unchanged, counts.newVersions], [1, 3])
  })

  interface Drawn { readonly key: number, title: string, readonly brand: string, readonly from: string, to: string | null }

  /** What the versions of many members must be after a load, and its counts. */
  function follow(members: Map<number, Drawn[]>, numbers: readonly number[], titleOf: (n: number) => string, brandOf: (n: number) => string, day: string) {
    const counts = { unchanged: 0, overwritten: 0, newMembers: 0, newVersions: 0 }
    let last = Math.max(0, ...[...members.values()].flat().map(({ key }) => key))
    for (const n of numbers) {
      const [title, brand, versions] = [titleOf(n), brandOf(n), members.get(n)]
      const current = versions?.find(({ to }) => to === null)
      const differs = versions?.some((version) => version.title !== title) ?? false
      for (const version of versions ?? []) version.title = title
      if (versions === undefined) members.set(n, [{ key: last += 1, title, brand, from: '1000-01-01', to: null }])
      else if (current?.brand !== brand) {
        if (current !== undefined) current.to = day
        versions.push({ key: last += 1, title, brand, from: day, to: null })
      }
      counts[versions === undefined ? 'newMembers' : current?.brand !== brand ? 'newVersions' : differs ? 'overwritten' : 'unchanged'] += 1
    }
    return counts
  }

  for (const [what, column, more] of [['by whole numbers', 'INT', 'UNIQUE (id, valid_from)'], ['by texts', 'VARCHAR(9)', 'INDEX (brand)']] as const) {
    it(`knows the versions of many members again ${what}, whoever changed, came, left or came back`, async () => {
      const dimension = scd2({
        source: anything, key: 'many_key', lookup: ['id'], history: ['brand'],
        create: create<string>(`CREATE TABLE many_dim (\n many_key KEY,\n id ${column} NOT NULL,\n title VARCHAR(9),\n brand VARCHAR(9),\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL,\n ${more}\n)`),
      })
      const members = new Map<number, Drawn[]>()
      const load = async (day: string, numbers: readonly number[], titleOf: (n: number) => string, brandOf: (n: number) => string): Promise<void> => {
        const type = column === 'INT' ? column : ''
        const rows = drawn(`| id ${type} | title | brand |\n${numbers.map((n) => `| ${n} | ${titleOf(n)} | ${brandOf(n)} |`).join('\n')}`)
        const { unchanged, overwritten, newMembers, newVersions } = await house().load(dimension, rows, { at: `${day} 06:00:00.000000`, batch: 100 })
        assert.deepEqual({ unchanged, overwritten, newMembers, newVersions }, follow(members, numbers, titleOf, brandOf, day))
        const lines = (await house().rows(dimension)).filter((row) => Number(row['many_key']) !== -1).map((row) => [
          ...['many_key', 'id', 'title', 'brand'].map((name) => word(row[name])), ...['valid_from', 'valid_to'].map((name) => word(row[name]).slice(0, 10)), Boolean(row['is_current']),
        ].join(' '))
        const expected = [...members].flatMap(([n, versions]) => versions.map(({ key, title, brand, from, to }) => [key, n, title, brand, from, to ?? 'NULL', to === null].join(' ')))
        assert.deepEqual(lines.toSorted(), expected.toSorted())
      }
      const first = Array.from({ length: 230 }, (_, i) => i + 1)
      const later = Array.from({ length: 230 }, (_, i) => 250 - i).filter((n) => n % 50 !== 0)
      await load('2024-01-01', first, () => 't', () => 'a')
      await load('2024-01-02', first, () => 't', () => 'a')
      await load('2024-01-03', first, (n) => n % 100 === 28 ? 'u' : 't', someB)
      await load('2024-01-04', later, (n) => n % 100 === 27 ? 'v' : 't', someB)
      await load('2024-01-05', later, (n) => n % 100 === 27 ? 'v' : 't', (n) => n === 29 ? 'c' : someB(n))
      await connection().execute(`UPDATE many_dim SET is_current = FALSE, valid_to = TIMESTAMP '2024-01-05 12:00:00' WHERE many_key = 40`)
      for (const version of members.get(40) ?? []) version.to = '2024-01-05'
      await load('2024-01-06', later, () => 'w', (n) => n % 3 === 0 ? 'd' : someB(n))
    })
  }

  it('publishes nothing where somebody closes a version by hand while they are compared', async () => {
    await house().load(product, products(210), { ...monday, batch: 100 })
    const before = [/^INSERT INTO \S+__m\d/, () => connection().execute("UPDATE product_dim SET is_current = FALSE, valid_to = TIMESTAMP '2024-01-01 12:00:00' WHERE product_id = 210")] as const
    await assert.rejects(house().load(product, products(209), { ...tuesday, batch: 100, before }), {
      name: 'BusyError', message: /the live table was changed while its members were compared\. 210 of its versions were current, and then 209/,
    })
    assert.deepEqual((await house().load(product, products(211), { ...wednesday, batch: 100 })), { read: 211, rejected: 0, unchanged: 209, overwritten: 0, newMembers: 1, newVersions: 1, staged: 213, lastKey: 212 })
  })

  it('publishes nothing where somebody enters a new member by hand before it comes', async () => {
    await house().load(product, products(210), { ...monday, batch: 100 })
    const before = [/\bUNION ALL\b/, () => connection().execute("INSERT INTO product_dim VALUES (900, 211, 'a', 'b', 1, TIMESTAMP '2024-01-01 12:00:00', NULL, TRUE)")] as const
    await assert.rejects(house().load(product, products(211), { ...tuesday, batch: 100, before }), {
      name: 'BusyError', message: /the live table was changed while its members were compared\. 1 of the source's members were new, and then 0/,
    })
  })

  it('takes a version of which nobody says that it is current for a closed one', async () => {
    const dimension = scd2({
      source: anything, key: 'said_key', lookup: ['id'], history: ['brand'],
      create: create('CREATE TABLE said_dim (\n said_key KEY,\n id INT NOT NULL,\n brand VARCHAR(9),\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN,\n UNIQUE (id, valid_from)\n)'),
    })
    for (const count of [210, 1]) {
      const load = (brand: string, day: typeof monday) => house().load(dimension, drawn(`| id INT | brand |\n${Array.from({ length: count }, (_, i) => `| ${i + 1} | ${brand} |`).join('\n')}`), { ...day, batch: 100 })
      await load(`a${count}`, monday)
      await load(`b${count}`, { at: `2024-01-02 00:00:00.${String(count).padStart(6, '0')}` })
      await connection().execute('UPDATE said_dim SET is_current = NULL WHERE is_current = FALSE')
      const { unchanged, newVersions } = await load(`b${count}`, wednesday)
      assert.deepEqual({ unchanged, newVersions }, { unchanged: count, newVersions: 0 })
      await connection().execute('DELETE FROM said_dim WHERE said_key <> -1')
    }
  })

  it('leaves it to the database what TRUE is in a column that is no BOOLEAN, also in a first load under a key', async () => {
    const dimension = scd2({
      source: anything, key: 'flagged_key', lookup: ['id'], history: ['brand'],
      create: create('CREATE TABLE flagged_dim (\n flagged_key KEY,\n id INT NOT NULL,\n brand VARCHAR(9),\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current INT NOT NULL,\n UNIQUE (id, valid_from)\n)'),
    })
    const load = house().load(dimension, drawn('| id INT | brand |\n| 1 | a |'))
    if (connection().dialect.name === 'postgres') await assert.rejects(load, /"is_current" is of type integer but expression is of type boolean/)
    else assert.equal((await load).newMembers, 1)
  })

  if (path === 'values') it('plans the very statements that it runs', async () => {
    for (const time of [monday, tuesday]) {
      const planned = (await house().plan(product)).filter(({ title, sql }) => !sql.startsWith('--') && !title.endsWith('where there are more than 200 rows')).map(({ sql }) => sql)
      const before = house().statements.length
      await house().load(product, begin, { at: '2024-01-01 00:00:00.000000' })
      const ran = house().statements.slice(before).map(nameless)
      for (const sql of planned.map(nameless)) assert.ok(ran.includes(sql), `${time.at}: ${sql}`)
    }
  })
})

/** Without the run's number and the last key, which a plan can't know. */
const nameless = (sql: string): string => sql.replaceAll(/__([a-z])\d+/g, '__$1').replace(/\d+ \+ ROW_NUMBER/, 'ROW_NUMBER')
